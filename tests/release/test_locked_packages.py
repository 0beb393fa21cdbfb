"""Every npm package of a lock, in all its versions."""

from __future__ import annotations

from portal.release.locked_packages import locked_packages
from tests.support.checkouts import ACME

LOCK = """
__metadata:
  version: 8

"@scope/one@npm:^1.0.0, @scope/one@npm:^1.2.0":
  version: 1.2.3
  resolution: "@scope/one@npm:1.2.3"

"two@npm:1":
  version: 1.10.0
  resolution: "two@npm:1.10.0"

"two@npm:2":
  version: 2.0.0
  resolution: "two@npm:2.0.0"

"two@patch:two@npm%3A2#~builtin":
  version: 2.0.0
  resolution: "two@patch:two@npm%3A2.0.0#~builtin::version=2.0.0"

"app@workspace:packages/app":
  version: 0.0.0-use.local
  resolution: "app@workspace:packages/app"
"""


def test_packages_have_all_their_versions_and_workspaces_are_none() -> None:
    assert locked_packages(LOCK) == {"@scope/one": ("1.2.3",), "two": ("1.10.0", "2.0.0")}


def test_a_real_lock_has_no_package_of_backstage_twice() -> None:
    """Two versions of one package in a frontend or a backend are two plugins with one name."""
    found = locked_packages((ACME / "app" / "yarn.lock").read_text())
    assert len(found) > 1500
    assert {name: versions for name, versions in found.items() if "@backstage/" in name and len(versions) > 1} == {}
