"""Going back moves a pointer and holds, or says what stands in the way and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.process import output
from portal.checks import findings
from portal.command.verbs import rollback as verbs_rollback
from portal.plan import load_plan
from portal.stackfile.pointer import Pointer
from portal.stackfile.pointer_history import pointers_of
from tests.command.in_process import portal
from tests.support.checkouts import AUTHOR, commit_all
from tests.support.kept_releases import ADDITIVE, NO_WAY_BACK, keep_release, point_to

FIRST, SECOND, THIRD, OTHER = (f"r-00000000000{number}" for number in (1, 2, 3, 4))
PROGRAM = "a" * 40
COMMENT = "  # Why this stack is small."


def point(checkout: Checkout, release: str, program: str | None = None) -> None:
    point_to(checkout, "local", release, program)
    commit_all(checkout.root)


def program_says(refused: str | None) -> Callable[..., str | None]:
    """The check of an older program, which no commit of these tests has."""

    def says(*_: object) -> str | None:
        return refused

    return says


@pytest.fixture
def stack(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A stack that pointed to one release and then to another, which brought a harmless migration."""
    monkeypatch.setattr(verbs_rollback, "refusal_of_program", program_says(None))
    output(["git", "init", "--quiet"], cwd=checkout.root)
    file = checkout.stack_file("local")
    file.write_text(f"{file.read_text().rstrip()}\n{COMMENT}\n  portal:replicas: 1\n")
    keep_release(checkout, FIRST, "1.js")
    keep_release(checkout, SECOND, "1.js", ADDITIVE)
    keep_release(checkout, THIRD, "1.js", ADDITIVE, NO_WAY_BACK)
    commit_all(checkout.root)
    point(checkout, FIRST, PROGRAM)
    point(checkout, SECOND)
    return checkout


def test_it_goes_back_to_the_release_and_the_program_before_and_keeps_the_rest(stack: Checkout) -> None:
    ended = portal("rollback", "local", "--reason", "search answers 500", "--json", cwd=stack.root)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "stack": "local",
        "takenBack": SECOND,
        "release": FIRST,
        "program": PROGRAM,
        "migrations": [ADDITIVE],
    }
    text = stack.stack_file("local").read_text()
    assert COMMENT in text
    assert f"portal:release: {FIRST}\n" in text
    assert f"portal:program: {PROGRAM}\n" in text


def test_a_release_that_was_taken_back_is_refused_until_it_is_lifted(stack: Checkout) -> None:
    assert portal("rollback", "local", cwd=stack.root).returncode == 0
    file = stack.stack_file("local")
    back = file.read_text()
    file.write_text(back.replace(f"portal:release: {FIRST}", f"portal:release: {SECOND}"))
    # Whoever writes it again, and whichever command then looks.
    (refused,) = findings(load_plan(stack, "local"))
    assert f"{SECOND} was rolled back in this stack (no reason given)" in str(refused)
    assert f"--lift {SECOND}" in str(refused)
    assert portal("rollback", "local", "--lift", SECOND, cwd=stack.root).returncode == 0
    assert findings(load_plan(stack, "local")) == []
    # The migration may be in the database all the same, whichever release comes next.
    file.write_text(file.read_text().replace(f"portal:release: {SECOND}", f"portal:release: {FIRST}"))
    assert load_plan(stack, "local").settings.rolled_back[SECOND].migrations == (ADDITIVE,)


def test_a_release_without_migrations_leaves_nothing_when_it_is_lifted(stack: Checkout) -> None:
    keep_release(stack, OTHER, "1.js", ADDITIVE)
    point(stack, OTHER)
    assert portal("rollback", "local", cwd=stack.root).returncode == 0
    assert portal("rollback", "local", "--lift", OTHER, cwd=stack.root).returncode == 0
    assert "rolledBack" not in stack.stack_file("local").read_text()


def test_a_program_alone_is_taken_back_and_the_good_release_is_not_refused(stack: Checkout) -> None:
    for program in ("b" * 40, "c" * 40):
        point(stack, SECOND, program)
    ended = portal("rollback", "local", "--json", cwd=stack.root)
    assert json.loads(ended.stdout) == {"stack": "local", "release": SECOND, "program": "b" * 40, "migrations": []}
    assert "rolledBack" not in stack.stack_file("local").read_text()


def test_a_program_that_does_not_know_the_file_is_told_before_anything_changes(
    stack: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs_rollback, "refusal_of_program", program_says("portal:rolledBack: got a key"))
    before = stack.stack_file("local").read_text()
    ended = portal("rollback", "local", cwd=stack.root)
    assert ended.returncode == 1
    assert "refuses the file: portal:rolledBack: got a key" in ended.stderr
    assert stack.stack_file("local").read_text() == before


def test_a_release_that_was_taken_back_cannot_be_asked_for(stack: Checkout) -> None:
    assert portal("rollback", "local", cwd=stack.root).returncode == 0
    ended = portal("rollback", "local", "--to", SECOND, cwd=stack.root)
    assert ended.returncode == 2
    assert f"--lift {SECOND}" in ended.stderr


@pytest.mark.parametrize("reason", ["", "two\nlines"])
def test_a_reason_is_one_line(stack: Checkout, reason: str) -> None:
    before = stack.stack_file("local").read_text()
    ended = portal("rollback", "local", "--reason", reason, cwd=stack.root)
    assert ended.returncode == 2
    assert "one line of text" in ended.stderr
    assert stack.stack_file("local").read_text() == before


def test_a_damaged_list_of_releases_is_a_sentence(stack: Checkout) -> None:
    file = stack.stack_file("local")
    file.write_text(f"{file.read_text()}  portal:rolledBack: [{FIRST}]\n")
    ended = portal("rollback", "local", cwd=stack.root)
    assert ended.returncode == 2
    assert "portal:rolledBack" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_plugin_that_the_earlier_release_does_not_have_is_no_obstacle(stack: Checkout) -> None:
    """Its tables are in a schema of its own, which nobody looks at then."""
    content = json.loads((stack.releases / FIRST / "release.json").read_text())
    del content["plugins"]["notifications"]
    del content["builtFrom"]["migrations"]["@backstage/plugin-notifications-backend"]
    (stack.releases / FIRST / "release.json").write_text(json.dumps(content))
    assert portal("rollback", "local", cwd=stack.root).returncode == 0


def test_what_only_another_branch_had_is_no_way_back(stack: Checkout) -> None:
    """A topic branch tried a release, and was merged with another one."""
    here = output(["git", "rev-parse", "--abbrev-ref", "HEAD"], cwd=stack.root).strip()
    output(["git", "switch", "--quiet", "--create", "topic"], cwd=stack.root)
    keep_release(stack, OTHER, "1.js", ADDITIVE)
    point(stack, OTHER)
    point(stack, SECOND, "d" * 40)
    output(["git", "switch", "--quiet", here], cwd=stack.root)
    output(["git", *AUTHOR, "merge", "--quiet", "--no-ff", "--no-edit", "topic"], cwd=stack.root)
    found = [one.pointer for one in pointers_of(stack, "local")]
    assert found == [Pointer(SECOND, "d" * 40), Pointer(SECOND), Pointer(FIRST, PROGRAM), Pointer("workspace")]


def test_what_the_file_was_copied_from_is_not_its_history(stack: Checkout) -> None:
    stack.stack_file("prod").write_text(stack.stack_file("local").read_text())
    commit_all(stack.root)
    assert [one.pointer for one in pointers_of(stack, "prod")] == [Pointer(SECOND)]


def test_the_database_may_have_what_stays_there(stack: Checkout) -> None:
    """The release that the stack goes back to does not know the migration, and the program that deploys it may not."""
    assert portal("rollback", "local", cwd=stack.root).returncode == 0
    stack.stack_file("local").write_text(
        stack.stack_file("local").read_text().replace(ADDITIVE, "20990101000000_unheard_of.js")
    )
    sets = load_plan(stack, "local").resolved.migrations.schemas["catalog"]
    assert any("20990101000000_unheard_of.js" in one.later for one in sets)


@pytest.mark.parametrize("words", [(), ("--to", SECOND)])
def test_where_an_older_release_does_not_work_it_says_what_would_be_lost(
    stack: Checkout, words: tuple[str, ...]
) -> None:
    point(stack, THIRD)
    before = stack.stack_file("local").read_text()
    ended = portal("rollback", "local", *words, cwd=stack.root)
    assert ended.returncode == 1
    assert f"{SECOND} does not work with the database of {THIRD}" in ended.stderr
    assert f"{NO_WAY_BACK}: deletes duplicate rows" in ended.stderr
    since = output(["git", "log", "-1", "--format=%cI"], cwd=stack.root).strip()
    assert f"Everything is lost that was written since it was deployed (the commit is of {since})" in ended.stderr
    assert stack.stack_file("local").read_text() == before


def test_a_migration_that_nobody_reviewed_blocks_the_way(stack: Checkout) -> None:
    keep_release(stack, OTHER, "1.js", ADDITIVE, "20990101000000_unheard_of.js")
    point(stack, OTHER)
    ended = portal("rollback", "local", cwd=stack.root)
    assert ended.returncode == 1
    assert "20990101000000_unheard_of.js: it was not reviewed" in ended.stderr


def test_a_release_that_was_taken_back_before_is_no_way_back(stack: Checkout) -> None:
    keep_release(stack, OTHER, "1.js", ADDITIVE)
    assert portal("rollback", "local", cwd=stack.root).returncode == 0
    commit_all(stack.root)
    text = stack.stack_file("local").read_text()
    stack.stack_file("local").write_text(text.replace(f"portal:release: {FIRST}", f"portal:release: {OTHER}"))
    commit_all(stack.root)
    ended = portal("rollback", "local", "--json", cwd=stack.root)
    assert json.loads(ended.stdout)["release"] == FIRST


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", SECOND), "another release in releases/"),
        (("--to", "r-ffffffffffff"), "another release in releases/"),
        (("--lift", FIRST), "a release that local has taken back (there is none)"),
    ],
)
def test_what_cannot_be_is_input_to_correct(stack: Checkout, words: tuple[str, ...], said: str) -> None:
    before = stack.stack_file("local").read_text()
    ended = portal("rollback", "local", *words, cwd=stack.root)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert stack.stack_file("local").read_text() == before


def test_a_stack_that_deploys_the_checkout_has_no_release_to_take_back(checkout: Checkout) -> None:
    ended = portal("rollback", "local", cwd=checkout.root)
    assert ended.returncode == 2
    assert "deploys the checkout" in ended.stderr


def test_without_a_history_it_asks_for_the_release(checkout: Checkout) -> None:
    keep_release(checkout, FIRST, "1.js")
    keep_release(checkout, SECOND, "1.js")
    output(["git", "init", "--quiet"], cwd=checkout.root)
    point(checkout, SECOND)
    ended = portal("rollback", "local", cwd=checkout.root)
    assert ended.returncode == 2
    assert "--to" in ended.stderr
    assert portal("rollback", "local", "--to", FIRST, cwd=checkout.root).returncode == 0


def test_the_history_says_since_when(stack: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    # A commit that changes something else of the file does not make the pointer younger.
    since = pointers_of(stack, "local")[0].since
    file = stack.stack_file("local")
    other = file.read_text().replace("replicas: 1", "replicas: 2")
    assert other != file.read_text()
    file.write_text(other)
    # Git counts in seconds.
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2099-01-01T00:00:00+00:00")
    commit_all(stack.root)
    found = pointers_of(stack, "local")
    assert [one.pointer for one in found] == [Pointer(SECOND), Pointer(FIRST, PROGRAM), Pointer("workspace")]
    assert found[0].since == since


def test_a_folder_without_a_history_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        pointers_of(Checkout(tmp_path), "local")
