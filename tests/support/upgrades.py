"""An upgrade without its slow parts: ``portal lock`` and ``portal build`` are stood in for, as both take minutes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.other_code import output_of_code
from portal.base.process import output
from portal.base.progress import Phase, PlainProgress
from portal.deploy.upgrade import Made, Way, require_upgradable, upgrade_checkout
from portal.deploy.upgrade_steps import Faults

NOW, NEXT = "1.55.0", "1.56.0"
CATALOG, GRAFANA = "@backstage/plugin-catalog-backend", "@backstage-community/plugin-grafana"
RECORD = "portal/plugins/records/grafana.yaml"
LOCK_FILES = ["app/config-schema.json", "app/migrations.json", "app/unlocked-packages.json", "app/yarn.lock"]
COMPOSITION = """\
import sys
from pathlib import Path
from portal.base.checkout import Checkout
from portal.release.locked import composition_id
from portal.release.release import read_portal
def main():
    print(composition_id(read_portal(Checkout(Path(sys.argv[1])))[2]))
"""
CHANGELOG = f"""\
# {CATALOG}

## 4.1.0

### Minor Changes

- abcdef0: **BREAKING**: Removed `catalog.readonly`.
- abcdef1: Something nice.

## 4.0.0

### Patch Changes

- abcdef2: Known before.
"""


def no_faults(_: Checkout) -> Faults:
    return Faults({}, {})


Runs = Callable[[Checkout, Sequence[str], Path, Phase], None]


def stand_in(*, gone: str = "", fails: str = "", ran: list[str] | None = None) -> Runs:
    """What `portal lock` leaves behind: another composition, a newer catalog, one key less and one more."""

    def run(checkout: Checkout, words: Sequence[str], log: Path, phase: Phase) -> None:
        del log, phase
        (ran if ran is not None else []).append(" ".join(words))
        if fails == words[0]:
            raise PortalError(f"{words[0]} failed with exit code 1")
        if words[0] != "lock":
            return
        # By the worktree's own code: a record may have changed.
        composition = output_of_code(checkout.root, "composition", [checkout.root]).strip()
        app = checkout.app
        for name in ("config-schema.json", "migrations.json"):
            content: dict[str, Any] = json.loads((app / name).read_text())
            content["composition"] = composition
            if name == "migrations.json":
                names = content["packages"][CATALOG]["names"]
                content["packages"][CATALOG]["names"] = [*names, "20991231000000_new.js"]
            for entry in content.get("schemas", ()):
                if entry["package"] == CATALOG:
                    catalog = entry["schema"]["properties"]["catalog"]["properties"]
                    catalog.pop(gone, None)
                    catalog["brandNew"] = {"type": "boolean"}
            (app / name).write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        lock = app / "yarn.lock"
        lock.write_text(lock.read_text().replace(f"{CATALOG}@npm:4.0.0", f"{CATALOG}@npm:4.1.0"))
        installed = checkout.build / "workspace" / "node_modules"
        (installed / CATALOG).mkdir(parents=True)
        (installed / CATALOG / "CHANGELOG.md").write_text(CHANGELOG)
        state = f'"{CATALOG}@npm:4.1.0":\n  locations:\n    - "node_modules/{CATALOG}"\n'
        (installed / ".yarn-state.yml").write_text(state)

    return run


def upgraded(checkout: Checkout, **way: bool) -> Made:
    require_upgradable(checkout, NEXT, Way(**way))
    return upgrade_checkout(checkout, NOW, NEXT, Way(**way), PlainProgress())


def git(checkout: Checkout, *words: str) -> str:
    return output(["git", *words], cwd=checkout.root).strip()


def assert_untouched(checkout: Checkout, branches: Sequence[str] = ()) -> None:
    """Nothing has changed in the checkout, there are no other branches, and no worktree is left."""
    assert git(checkout, "status", "--porcelain") == ""
    listed = git(checkout, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    assert sorted(listed) == sorted({git(checkout, "branch", "--show-current"), *branches})
    assert len(git(checkout, "worktree", "list").splitlines()) == 1
    assert not (checkout.programs / "upgrade").exists()


def write_app_config(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text().rstrip()}\n{text}")
