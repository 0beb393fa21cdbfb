"""Where a secret could be seen that is in the right hands: what pods say, what the cluster shows, what is written."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.process import output
from tests.e2e.conftest import Workplace


def places(workplace: Workplace, *, namespace: str, stack: str, since: float) -> dict[str, bytes]:
    """What each place holds now, by its name.

    ``since`` is when the secrets were first known (seconds since the epoch): what was written before cannot hold them.
    """
    return dict((*_shown(workplace, namespace, stack), *processes(), *written(workplace.checkout, since)))


def holding(values: Iterable[str], places: Iterable[tuple[str, bytes]]) -> list[str]:
    """The places that hold any of some values. The values themselves are not in the answer."""
    wanted = [value.encode() for value in values]
    return [name for name, content in places if any(value in content for value in wanted)]


def _shown(workplace: Workplace, namespace: str, stack: str) -> Iterator[tuple[str, bytes]]:
    kubectl = workplace.kubectl
    for pod in kubectl.read("pods", f"--namespace={namespace}")["items"]:
        name = str(pod["metadata"]["name"])
        words = ("logs", f"--namespace={namespace}", name, "--all-containers")
        try:
            yield f"the log of {name}", output(kubectl.command(*words)).encode()
        except PortalError as error:
            # A pod of before that has just gone has no log.
            if "NotFound" not in str(error):
                raise
    shown = kubectl.read("all,configmaps,networkpolicies,events", f"--namespace={namespace}")
    yield "the cluster's objects", json.dumps(shown).encode()
    for verb in ("render", "graph"):
        yield f"portal {verb}", workplace.portal(verb, "--stack", stack).said.encode()
    # Everything that is not committed is a change, and so is the stack with its secrets.
    yield "portal preview", workplace.portal("preview", "--base", "HEAD", "--json").said.encode()


def written(checkout: Checkout, since: float = 0) -> Iterator[tuple[str, bytes]]:
    """The files of ``.portal/`` and of releases that were written since then. One that goes away meanwhile is none."""
    # Releases are committed: their bundles, SBOMs and signatures are for everybody.
    for folder, folders, files in (found for top in (checkout.state, checkout.releases) for found in os.walk(top)):
        if Path(folder) == checkout.state:
            # The node's own disk holds the database and etcd, as a real one does; the rest of the folder is ours.
            folders[:] = [name for name in folders if name not in {"node", "containers"}]
        for name in files:
            file = os.path.join(folder, name)  # noqa: PTH118 - a hundred thousand times
            with suppress(FileNotFoundError):
                found = os.lstat(file)
                if stat.S_ISREG(found.st_mode) and found.st_mtime >= since:
                    yield file, Path(file).read_bytes()


def processes() -> Iterator[tuple[str, bytes]]:
    """The command line and the environment of every process."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield str(line.parent), line.read_bytes() + line.with_name("environ").read_bytes()
        except OSError:
            continue
