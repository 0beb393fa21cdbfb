"""Which engine a stack uses: the one of its first ``up``."""

from __future__ import annotations

from portal.engines.pulumi_cli import pulumi_program
from portal.errors import InputError

ENGINES = ("pulumi", "kubectl")


def choose_engine(before: str | None, chosen: str | None) -> str:
    """The engine: ``chosen``, else that of the last ``up``, else pulumi where its CLI is, else kubectl."""
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
    engine = chosen or before or ("pulumi" if pulumi_program() is not None else "kubectl")
    if engine == "pulumi" and pulumi_program() is None:
        raise InputError(
            where="this machine",
            key="",
            got="no pulumi on the PATH",
            allowed="the Pulumi CLI, as this stack was made with it",
            fix="install it (https://www.pulumi.com/docs/install), or run `portal down --delete-data` to begin anew",
        )
    return engine
