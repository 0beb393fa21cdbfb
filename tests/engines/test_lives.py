"""What holds in the life of every stack: in Pulumi's CLI where there is one, and in a small engine everywhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.engines.engine import Engine
from tests.engines.journal import fingerprint
from tests.engines.life import Change, Life, live
from tests.engines.place import Place, make_place
from tests.engines.pulumi_engine import PulumiEngine
from tests.engines.small_engine import SmallEngine
from tests.engines.state import needs
from tests.support.aws_graphs import STACKS
from tests.support.checkouts import ACME
from tests.support.planted_secrets import LEAST, PLANTED, canary

_KEY = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000"
# Another key: a database stays encrypted with the one that it was made with.
_ANOTHER_KEY = Change(
    "    region: eu-central-1\n", f"    region: eu-central-1\n    key: {_KEY}\n", "aws:rds/instance:Instance"
)
_ANOTHER_NETWORK = Change(
    "    name: acme\n", "    name: acme\n    serviceCidr: 10.100.0.0/16\n", "aws:eks/cluster:Cluster"
)
# By stack. In dev nothing is protected, and outside of AWS no setting replaces what is.
REPLACED = {
    "dev": None,
    "staging": _ANOTHER_KEY,
    "prod": _ANOTHER_KEY,
    "foundation": _ANOTHER_NETWORK,
    "kubernetes": None,
}
FILES = {
    **{stack: STACKS / f"{stack}.yaml" for stack in ("dev", "staging", "prod", "foundation")},
    "kubernetes": ACME / "stacks" / "Pulumi.kubernetes.yaml",
}
NO_CLI = "there is no Pulumi CLI on the PATH, so this ran in the small engine only (make engines)"


def _engine(name: str, place: Place) -> Engine:
    return SmallEngine(place) if name == "small" else PulumiEngine(place)


@pytest.fixture(autouse=True)
def rounds() -> None:
    """Encryption as the CLI has it, which reads what these tests encrypt."""


def every_command_ends_as_it_should(life: Life) -> None:
    expected_to_fail = {"replaced", "refused"}
    ended = {name: phase.outcome.text for name, phase in life.phases.items() if not phase.outcome.ok}
    assert set(ended) == expected_to_fail & set(life.phases), "\n".join(ended.values())


def a_preview_changes_nothing(life: Life) -> None:
    assert life["preview"].changes == []
    assert any(entry.call == "Create" for entry in life["preview"].entries)


def everything_is_made_once_and_after_what_it_needs(life: Life) -> None:
    created = life["up"].urns("Create")
    assert sorted(created) == sorted(one["urn"] for one in life.made)
    assert len(created) > 20
    assert late(life, "up", "Create", _needs(life)) == []


def a_second_run_changes_nothing(life: Life) -> None:
    assert life["again"].outcome.ok
    assert life["again"].changes == []
    assert life["again"].known == life["up"].known


def a_replacement_of_what_is_protected_is_refused(life: Life) -> None:
    if life.change is None:
        assert "replaced" not in life.phases
        return
    (protected,) = [one for one in life.made if one["type"] == life.change.replaces]
    assert re.search(rf"unable to replace resource \W*{re.escape(protected['urn'])}", life["replaced"].outcome.text)
    assert life["replaced"].changes == []
    assert life["replaced"].known == life["again"].known


def what_is_protected_is_not_deleted(life: Life) -> None:
    protected = {one["urn"] for one in life.made if one.get("protect")}
    if not protected:
        assert "refused" not in life.phases
        return
    assert life["refused"].changes == []
    assert life["refused"].known == life["again"].known
    stays = _with_needs(life, protected)
    assert (
        set(life["reduced"].urns("Delete"))
        == {one["urn"] for one in life.made if not one.get("retainOnDelete")} - stays
    )
    assert protected <= {one["urn"] for one in life["reduced"].resources}


def dependants_are_deleted_first(life: Life) -> None:
    needed_by: dict[str, set[str]] = {}
    for urn, needed in _needs(life).items():
        for other in needed:
            needed_by.setdefault(other, set()).add(urn)
    assert [found for phase in life.phases for found in late(life, phase, "Delete", needed_by)] == []


def what_is_kept_stays_when_the_stack_is_gone(life: Life) -> None:
    deleted = [urn for phase in life.phases.values() for urn in phase.urns("Delete")]
    assert sorted(deleted) == sorted(one["urn"] for one in life.made if not one.get("retainOnDelete"))
    assert life["destroyed"].resources == []
    protected, kept = ({one["urn"] for one in life.made if one.get(key)} for key in ("protect", "retainOnDelete"))
    assert bool(kept) == bool(protected)


def secrets_reach_providers_and_show_nowhere(life: Life) -> None:
    # A foundation has no secrets. What a portal's others look like in the end is not said here.
    planted = [name for name in PLANTED if name in life.place.secrets]
    assert len(planted) == (0 if life.place.stack == "foundation" else LEAST)
    reached = {text for entry in life["up"].entries for text in entry.secrets}
    assert [name for name in planted if fingerprint(canary(name)) not in reached] == []
    assert len(life.kept) > len(life.phases)
    seen = [*life.kept, life.place.journal.read_bytes()]
    assert [text[:2000] for text in seen if b"canary-of-" in text] == []


def late(life: Life, phase: str, call: str, before: Mapping[str, set[str]]) -> list[str]:
    """What began before all of ``before`` had ended, as far as that happened in this phase at all."""
    entries = [entry for entry in life[phase].entries if entry.call == call and entry.changes]
    ended = {entry.urn: place for place, entry in enumerate(entries) if entry.ended}
    return [
        f"{entry.urn} before {other}"
        for place, entry in enumerate(entries)
        if not entry.ended
        for other in sorted(before.get(entry.urn, set()))
        if ended.get(other, -1) > place
    ]


def _needs(life: Life) -> dict[str, set[str]]:
    """What each resource needs, also through components, which no provider makes."""
    return {one["urn"]: _with_needs(life, {one["urn"]}) - {one["urn"]} for one in life.made}


def _with_needs(life: Life, urns: set[str]) -> set[str]:
    found = set(urns)
    for one in reversed(life["up"].resources):
        if one["urn"] in found:
            found |= needs(one)
    return found


CHECKS: tuple[Callable[[Life], None], ...] = (
    every_command_ends_as_it_should,
    a_preview_changes_nothing,
    everything_is_made_once_and_after_what_it_needs,
    a_second_run_changes_nothing,
    a_replacement_of_what_is_protected_is_refused,
    what_is_protected_is_not_deleted,
    dependants_are_deleted_first,
    what_is_kept_stays_when_the_stack_is_gone,
    secrets_reach_providers_and_show_nowhere,
)


# The CLI lives through every stack. The small engine shows on one that what is expected here can be so.
@pytest.mark.parametrize(
    ("engine", "stack"),
    [("small", "prod"), *(pytest.param("pulumi", stack, marks=pytest.mark.engines) for stack in FILES)],
)
def test_the_life_of_a_stack(engine: str, stack: str, tmp_path: Path) -> None:
    """One test, as a life takes its time: everything that does not hold is told at once."""
    if engine == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip(NO_CLI)
    place = make_place(tmp_path, stack, FILES[stack].read_text())
    life = live(_engine(engine, place), place, REPLACED[stack])
    failures = [failure for check in CHECKS if (failure := _failure(check, life)) is not None]
    if failures:
        raise ExceptionGroup(f"the life of {stack}", failures)


def _failure(check: Callable[[Life], None], life: Life) -> AssertionError | None:
    try:
        check(life)
    except AssertionError as error:
        error.add_note(check.__name__)
        return error
    return None
