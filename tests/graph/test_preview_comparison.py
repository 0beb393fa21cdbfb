"""What a preview says of stacks that the checks refuse, that are gone, or whose secrets cannot be read."""

from __future__ import annotations

from typing import Any

from portal.graph.preview.comparison import StackChange, compare
from portal.graph.preview.lines import details, headline
from portal.graph.preview.sides import Sides
from portal.graph.preview.snapshot import BY_NAME, Drawn, Snapshot, StackSnapshot


def stack(*faults: str, secrets: dict[str, str] | None = None, **app_config: Any) -> StackSnapshot:
    now = Drawn.model_construct(release="workspace", app_config=app_config, faults=faults)
    return StackSnapshot.model_construct(now=now, secrets=secrets)


def compared(before: StackSnapshot | None, after: StackSnapshot | None) -> StackChange:
    sides = [
        Snapshot.model_construct(stacks={} if one is None else {"dev": one}, releases={}) for one in (before, after)
    ]
    (change,) = compare(Sides("0" * 40, *sides))
    return change


def said(change: StackChange) -> str:
    return "\n".join([headline(change), *(line for one in details(change) for line in one.lines)])


def test_what_the_checks_refuse_is_not_shown() -> None:
    """It may be a credential, and the sentence of the check does not repeat it."""
    change = compared(stack(), stack("a fault", note="ghp_planted"))
    assert "planted" not in said(change)
    assert "a fault" in said(change)
    assert "the checks refuse it" in headline(change)


def test_a_stack_that_is_mended_is_not_refused() -> None:
    change = compared(stack("a fault"), stack(title="Now"))
    assert "the checks refused it before" in headline(change)
    assert "no longer: a fault" in said(change)


def test_a_fault_on_another_line_is_the_same() -> None:
    before, after = (stack(f"stacks/Pulumi.dev.yaml:{line}: wrong: 12") for line in (3, 4))
    change = compared(before, after)
    assert (change.new_faults, change.mended_faults) == ((), ())


def test_a_stack_without_a_file_loses_nothing() -> None:
    change = compared(stack(title="Then"), None)
    assert "its file is gone" in headline(change)
    assert (change.resources, change.warnings) == ((), ())


def test_secrets_that_cannot_be_read_are_not_gone() -> None:
    kept = {"SENTRY_TOKEN": "0123"}
    assert compared(stack(secrets=kept), stack("broken")).secrets == ()
    assert [one.state for one in compared(stack(secrets=kept), stack(secrets={})).secrets] == ["removed"]
    assert [one.state for one in compared(stack(secrets={}), stack(secrets=kept)).secrets] == ["added"]
    (again,) = compared(stack(secrets=kept), stack(secrets={"SENTRY_TOKEN": "4567"})).secrets
    assert "may have changed" in again.state


def test_a_secret_by_name_is_no_value_that_was_encrypted_again() -> None:
    there, elsewhere, stored = ({"SENTRY_TOKEN": value} for value in (f"{BY_NAME}1", f"{BY_NAME}2", "1"))
    for old in (stored, there):
        (change,) = compared(stack(secrets=old), stack(secrets=elsewhere)).secrets
        assert change.state.startswith("read from another place in Secrets Manager")
    assert compared(stack(secrets=there), stack(secrets=there)).secrets == ()
    (back,) = compared(stack(secrets=there), stack(secrets=stored)).secrets
    assert back.state.startswith("encrypted again")


def test_a_new_stack_has_new_secrets() -> None:
    assert [one.state for one in compared(None, stack(secrets={"A": "1"})).secrets] == ["added"]
