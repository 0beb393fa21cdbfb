"""An upgrade is one commit on a branch, or nothing at all; the checkout stays as it is.

The checks by the worktree's own code are real where a test asks for them.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.other_code import output_of_code
from portal.base.process import output
from portal.deploy import upgrade as deploy_upgrade
from portal.deploy.upgrade_steps import run_portal
from portal.release.upgrade_notes import notes
from tests.support.checkouts import commit_all
from tests.support.fake_npm import use_fake_npm
from tests.support.upgrades import (
    CATALOG,
    GRAFANA,
    LOCK_FILES,
    NEXT,
    NOW,
    RECORD,
    assert_untouched,
    git,
    stand_in,
    upgraded,
)


def test_it_is_one_commit_that_the_checks_accept(checked: Checkout) -> None:
    made = upgraded(checked)
    branch = f"upgrade-{NEXT}"
    assert made.branch == branch
    assert_untouched(checked, [branch])
    assert git(checked, "rev-list", "--count", f"HEAD..{branch}") == "1"
    assert git(checked, "show", "--format=%s", "--name-only", branch).splitlines() == [
        f"Upgrade Backstage from {NOW} to {NEXT}",
        "",
        *LOCK_FILES[:2],
        "app/yarn.lock",
        "portal.yaml",
    ]
    assert git(checked, "diff", "--unified=0", "HEAD", branch, "--", "portal.yaml").splitlines()[-2:] == [
        f"-backstage: {NOW}",
        f"+backstage: {NEXT}",
    ]
    git(checked, "switch", "--quiet", branch)
    output_of_code(checked.root, "portal.command.main", ["--directory", checked.root, "check"])


def test_the_notes_say_what_matters(clone: Checkout) -> None:
    made = upgraded(clone)
    assert made.notes is not None
    assert made.notes == clone.upgrades / f"{NEXT}.md"
    text = made.notes.read_text()
    assert "Removed `catalog.readonly`." in text.partition("## Breaking changes")[2]
    assert "Something nice." in text
    assert "Known before." not in text
    assert "+ catalog.brandNew" in text
    assert f"{CATALOG} 20991231000000_new.js (not reviewed)" in text
    assert "-Old\n+New" in text
    assert "y.cjs" not in text
    (misfit,) = [one for one in made.upgrade.open_points if "plugin-sentry" in one]
    assert f"asks for {CATALOG} ^3.0.0, and the release has 4.1.0. No later version fits either" in misfit
    assert any("was not reviewed: it may be impossible to go back" in one for one in made.upgrade.open_points)
    # The commit says in short what is in the notes.
    assert misfit in git(clone, "show", "--format=%b", "--no-patch", f"upgrade-{NEXT}")


def test_a_dry_run_says_the_same_and_makes_nothing(clone: Checkout) -> None:
    dry = upgraded(clone, dry_run=True)
    assert (dry.branch, dry.notes) == (None, None)
    assert_untouched(clone)
    assert not clone.upgrades.exists()
    made = upgraded(clone)
    assert made.notes is not None
    assert notes(dry.upgrade) == made.notes.read_text()


def test_the_same_upgrade_has_the_same_files(clone: Checkout) -> None:
    trees: list[str] = []
    for _ in range(2):
        upgraded(clone)
        trees.append(git(clone, "rev-parse", f"upgrade-{NEXT}^{{tree}}"))
        git(clone, "branch", "--quiet", "-D", f"upgrade-{NEXT}")
    assert trees[0] == trees[1]


def test_line_breaks_of_a_file_stay(clone: Checkout) -> None:
    """Else the commit would change every line of it."""
    before = clone.portal_file.read_bytes().replace(b"\n", b"\r\n")
    clone.portal_file.write_bytes(before)
    commit_all(clone.root)
    branch = upgraded(clone).branch
    after = subprocess.run(["git", "show", f"{branch}:portal.yaml"], cwd=clone.root, capture_output=True, check=True)
    assert after.stdout == before.replace(NOW.encode(), NEXT.encode())


def test_a_record_moves_to_a_version_that_fits(
    clone: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the lock is of the moved version: only the worktree's own code knows it."""
    published = {
        GRAFANA: {
            "0.21.0": {"dependencies": {CATALOG: "^4.0.0 <4.1.0"}},
            "0.22.0": {"dependencies": {CATALOG: "^4.1.0"}},
            "0.23.0": {},
        }
    }
    use_fake_npm(tmp_path, published, monkeypatch)
    made = upgraded(clone)
    changed = git(clone, "diff", "--unified=0", "HEAD", f"upgrade-{NEXT}", "--", RECORD).splitlines()[-2:]
    assert changed[1][1:] == changed[0][1:].replace("0.21.0", "0.22.0")
    assert any("0.22.0 instead of 0.21.0" in one for one in made.upgrade.edits)
    # npm had no create-app any more, which is no reason not to upgrade.
    assert any("the template of new apps was not compared" in one for one in made.upgrade.open_points)


@pytest.mark.parametrize("verb", ["lock", "build"])
def test_a_step_that_fails_is_named_and_leaves_nothing(
    clone: Checkout, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in(fails=verb))
    with pytest.raises(PortalError, match=rf"nothing was changed\. The step was: .*portal {verb}.*failed with exit"):
        upgraded(clone, build=True)
    assert_untouched(clone)


def test_images_are_only_built_if_asked_for(clone: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in(ran=ran))
    upgraded(clone, dry_run=True)
    assert ran == ["lock"]
    upgraded(clone, dry_run=True, build=True)
    assert ran == ["lock", "lock", "build"]


def test_what_runs_in_the_worktree_is_its_own_code_without_secrets(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_TOKEN", "a secret")
    monkeypatch.setenv("npm_config_registry", "https://npm.acme.example")
    copy = tmp_path / "copy"
    output(["git", "clone", "--quiet", origin, copy])
    (copy / "portal" / "command" / "main.py").write_text(
        "import json, os, sys\ndef main(): print(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
    )
    said: list[str] = []

    class Heard:
        def update(self, detail: str) -> None:
            said.append(detail)

    run_portal(Checkout(copy), ["lock"], tmp_path / "log", Heard())
    words, environment = json.loads(said[0])
    assert words == ["--directory", str(copy), "lock"]
    assert environment["npm_config_registry"] == "https://npm.acme.example"
    assert "GH_TOKEN" not in environment
