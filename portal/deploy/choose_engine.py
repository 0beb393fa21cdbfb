"""Which engine a stack of this machine uses: the one of its first ``up``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.base.errors import InputError
from portal.base.progress import Progress
from portal.deploy.pulumi_cli import pulumi_program
from portal.deploy.pulumi_download import DownloadError

ENGINES = ("pulumi", "kubectl")

Download = Callable[[Progress], Path]


@dataclass(frozen=True)
class DeployEngine:
    """An engine by its name; ``pulumi`` is the CLI of Pulumi's, and None for kubectl."""

    name: str
    pulumi: Path | None = None


def choose_engine(before: str | None, chosen: str | None, progress: Progress, download: Download) -> DeployEngine:
    """The engine: ``chosen``, else that of the last ``up``, else pulumi, else, where its CLI cannot be had, kubectl.

    The CLI is looked for on the PATH and in our cache, then downloaded. A stack that kubectl made is not asked about
    again.
    """
    if chosen is not None and chosen not in ENGINES:
        raise InputError(
            where="--engine", key="", got=f'"{chosen}"', allowed=f"one of {', '.join(ENGINES)}", fix="choose one"
        )
    if before is not None and chosen is not None and before != chosen:
        raise InputError(
            where="--engine",
            key="",
            got=f"{chosen}, for a stack that {before} made",
            allowed=before,
            fix="run `portal down --delete-data` first, or leave --engine out",
        )
    wanted = chosen or before
    if wanted == "kubectl":
        return DeployEngine("kubectl")
    try:
        return DeployEngine("pulumi", pulumi_program() or download(progress))
    except DownloadError as error:
        if wanted == "pulumi":
            raise no_pulumi(error) from error
        progress.note(f"No Pulumi CLI: {error}. The kubectl engine is used instead.")
        return DeployEngine("kubectl")


def no_pulumi(error: DownloadError) -> InputError:
    """What somebody is told who needs the CLI, and has none."""
    return InputError(
        where="this machine",
        key="",
        got=f"no pulumi on the PATH, and none from its publisher ({error})",
        allowed="the Pulumi CLI",
        fix="install it (https://www.pulumi.com/docs/install), or let this machine reach https://get.pulumi.com",
    )
