"""Releases as files, made from the one that the tests keep: with other migrations, under ids of the test's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping

from portal.base.checkout import Checkout
from tests.support.checkouts import ROOT

_KEPT = ROOT / "tests" / "releases" / "r-b6a711cf9922"
CATALOG = "@backstage/plugin-catalog-backend"
# Reviewed: older code works after the first, and not after the second.
ADDITIVE = "20260912000000_refresh_state_maintenance.js"
NO_WAY_BACK = "20260510000000_search_indices_and_dedup.js"


def keep_release(
    checkout: Checkout, release: str, *names: str, source: str = "0" * 40, portal: Mapping[str, object] | None = None
) -> str:
    """Write a release whose catalog has these migrations alone. ``portal`` are fields of its portal image."""
    folder = checkout.releases / release
    shutil.copytree(_KEPT, folder)
    file = folder / "release.json"
    content = json.loads(file.read_text())
    content |= {"id": release, "source": source, "program": source}
    content["builtFrom"]["migrations"][CATALOG]["names"] = list(names)
    content["images"]["portal"] |= dict(portal or {})
    file.write_text(json.dumps(content))
    return release


def point_to(checkout: Checkout, stack: str, release: str, program: str | None = None) -> None:
    """Let a stack point to a release, as somebody would who writes the file by hand."""
    file = checkout.stack_file(stack)
    keys = ("portal:release:", "portal:program:")
    lines = [line for line in file.read_text().splitlines() if not line.strip().startswith(keys)]
    new = [f"  portal:release: {release}", *([f"  portal:program: {program}"] if program else [])]
    place = lines.index("config:") + 1
    file.write_text("\n".join([*lines[:place], *new, *lines[place:]]) + "\n")
