"""What a user of this repository writes in its root, and a watch over tests that would read it.

Whatever stands there, the tests of the product say the same: they stand on tests/portals. ``portal check --all`` is
what looks at the user's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
USERS_FILES = (
    "portal.yaml",
    "stacks/Pulumi.",
    "content/",
    "releases/",
    "app/yarn.lock",
    "app/unlocked-packages.json",
    "app/config-schema.json",
    "app/migrations.json",
)

_PREFIXES = tuple(f"{ROOT}/{name}" for name in USERS_FILES)


def watch() -> None:
    """From now on, a test that opens one of them fails. What other processes open is not seen."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
        return
    path = os.fsdecode(arguments[0])
    # Every file that is opened comes by here, and most have a plain path.
    if not path.startswith("/") or ".." in path:
        path = os.path.abspath(path)  # noqa: PTH100 - as above
    if path.startswith(_PREFIXES):
        raise AssertionError(f"{path} is what a user writes: tests of the product stand on tests/portals")
