"""What the npm registry has, through npm itself: registries, proxies and credentials are those of the user's npm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from portal.base.archive import unpack
from portal.base.errors import PortalError
from portal.base.json_types import is_list, is_mapping
from portal.base.process import output
from portal.image.toolchain import npm_command
from portal.release.release_versions import Asks

LOOK_UPS_AT_A_TIME = 4
# More than any package of Backstage has: the largest, with all its source maps, has a tenth.
UNPACKED_BYTES = 256 * 2**20


@cache
def published(package: str) -> Mapping[str, Asks]:
    """The dependencies of each version of a package, or of the versions in ``name@range``. Peers count too."""
    # Not `@*`: for that, npm returns only the version that it calls the latest.
    wanted = package if "@" in package[1:] else f"{package}@>=0.0.0"
    try:
        text = output([*npm_command(), "view", wanted, "version", "dependencies", "peerDependencies", "--json"])
    except PortalError as error:
        if "E404" in str(error):
            return {}
        raise
    found: object = json.loads(text) if text.strip() else []
    entries = found if is_list(found) else [found]
    # Of a version without dependencies, npm prints the number alone.
    each = [entry if is_mapping(entry) else {"version": entry} for entry in entries]
    return {str(entry["version"]): _asks(entry) for entry in each}


def all_published(packages: Sequence[str]) -> list[Mapping[str, Asks]]:
    """:func:`published` of many packages, several at a time."""
    with ThreadPoolExecutor(max_workers=LOOK_UPS_AT_A_TIME) as pool:
        return list(pool.map(published, packages))


def fetched(package: str, folder: Path) -> Path:
    """Download and unpack a package (``name@version``) into an empty folder. Runs nothing of it.

    Returns its folder. PortalError if npm fails, and for an archive that is not unpacked (:func:`unpack`).
    """
    output([*npm_command(), "pack", "--silent", package], cwd=folder)
    unpack(next(folder.glob("*.tgz")), folder, UNPACKED_BYTES)
    return folder / "package"


def _asks(entry: Mapping[str, Any]) -> Asks:
    return {**entry.get("peerDependencies", {}), **entry.get("dependencies", {})}
