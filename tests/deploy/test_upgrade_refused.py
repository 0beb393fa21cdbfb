"""What an upgrade refuses before it does anything that takes minutes, and which release it leads to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.process import output
from portal.deploy.upgrade import Way, require_upgradable
from portal.deploy.upgrade_branch import commit_line
from tests.command.in_process import portal
from tests.support.checkouts import commit_all
from tests.support.fake_npm import use_fake_npm
from tests.support.upgrades import (
    NEXT,
    NOW,
    assert_untouched,
    git,
)


def changed_file(checkout: Checkout) -> None:
    checkout.portal_file.write_text(f"{checkout.portal_file.read_text()}# More.\n")


def another_file(checkout: Checkout) -> None:
    (checkout.content / "new.yaml").write_text("")


def branch_of_that_name(checkout: Checkout) -> None:
    git(checkout, "branch", f"upgrade-{NEXT}")


def no_migrations(checkout: Checkout) -> None:
    (checkout.app / "migrations.json").unlink()
    commit_all(checkout.root)


def lock_of_another_portal(checkout: Checkout) -> None:
    text = checkout.portal_file.read_text()
    checkout.portal_file.write_text(text.replace("  - github-actions\n", ""))
    commit_all(checkout.root)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (changed_file, r"not committed \(portal\.yaml\).*git stash"),
        (another_file, r"not committed \(content/new\.yaml\)"),
        (branch_of_that_name, r"there is a branch upgrade-1\.56\.0 already\. .*git branch -D upgrade-1\.56\.0"),
        (lock_of_another_portal, r"another set of packages.*run `portal lock`"),
        (no_migrations, r"app/migrations\.json is missing\. run `portal lock`"),
    ],
)
def test_what_would_fail_late_is_refused_at_once(clone: Checkout, spoil: Callable[[Checkout], None], says: str) -> None:
    spoil(clone)
    with pytest.raises(SituationError, match=f"(?is){says}"):
        require_upgradable(clone, NEXT, Way())


def test_who_commits_is_asked_before_anything_takes_minutes(clone: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{who}_EMAIL")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    output(["git", "config", "user.useConfigOnly", "true"], cwd=clone.root)
    with pytest.raises(SituationError, match=r"git config user\.name"):
        require_upgradable(clone, NEXT, Way())
    require_upgradable(clone, NEXT, Way(dry_run=True))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("20260912_x [skip ci]\n\nskip-checks: true.js", "20260912_x (skip ci] skip-checks: true.js"),
        ("portal.yaml: plugins[3] is new", "portal.yaml: plugins[3] is new"),
    ],
)
def test_a_name_that_others_chose_tells_no_ci_to_skip(text: str, line: str) -> None:
    assert commit_line(text) == line


def test_a_folder_without_git_is_refused(checkout: Checkout) -> None:
    with pytest.raises(SituationError, match="Run this in a clone"):
        require_upgradable(checkout, NEXT, Way())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["1.56"], "write all three numbers"),
        (["1.56.0-next.1"], "a stable release of Backstage"),
        (["v1.56.0"], "a stable release of Backstage"),
        (["../1.56.0"], "a stable release of Backstage"),
        ([NOW], "portal.yaml has Backstage 1.55.0 already"),
        (["1.54.0"], "`portal rollback STACK`"),
    ],
)
def test_a_version_that_is_none_or_leads_nowhere_is_refused(clone: Checkout, words: list[str], says: str) -> None:
    ended = portal("upgrade", *words, cwd=clone.root)
    assert ended.returncode == 2
    assert says.lower() in ended.stderr.lower()
    assert_untouched(clone)


def test_notes_that_could_not_be_written_are_known_before(clone: Checkout) -> None:
    ended = portal("upgrade", "--body", str(clone.root.parent / "missing" / "body.md"), cwd=clone.root)
    assert ended.returncode == 2
    assert "there is no folder" in ended.stderr.lower()
    assert_untouched(clone)


def test_without_a_version_it_is_the_newest_stable_one(clone: Checkout) -> None:
    body = clone.root.parent / "body.md"
    ended = portal("upgrade", "--json", "--body", str(body), cwd=clone.root)
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert (answer["before"], answer["after"], answer["branch"]) == (NOW, NEXT, f"upgrade-{NEXT}")
    assert answer["breaking"] == 1
    assert answer["notes"] == (clone.root / answer["notesFile"]).read_text() == body.read_text()


def test_where_there_is_nothing_newer_nothing_is_done(
    clone: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fake_npm(tmp_path, {"@backstage/create-app": {"0.9.2": {}}}, monkeypatch)
    ended = portal("upgrade", cwd=clone.root)
    assert (ended.returncode, ended.stdout) == (
        0,
        "portal.yaml has Backstage 1.55.0, and npm has no newer stable release.\n",
    )
    assert_untouched(clone)
