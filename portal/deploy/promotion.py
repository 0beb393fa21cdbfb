"""What has to hold before a stack takes over the release of another one. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.checks import findings
from portal.deploy.refusal_of_program import refusal_of_program
from portal.deploy.verified import Verified, record_of, records_of
from portal.graph.refusals import refusals
from portal.models.stack import StackSettings
from portal.plan import Plan, load_plan, make_plan
from portal.release.bundle import Release
from portal.release.release import WORKSPACE, with_built_from
from portal.release.way_back import way_back
from portal.stackfile.edit import edited
from portal.stackfile.generated import checked_configuration
from portal.stackfile.pointer import RELEASE, Pointer, pointer_of
from portal.stackfile.program import KEY as PROGRAM
from portal.stackfile.read import StackFile, read_stack_file


@dataclass(frozen=True)
class Gate:
    """One condition. ``reason`` is why it holds, or why it does not, as the end of a sentence."""

    name: str
    passed: bool
    reason: str

    def __str__(self) -> str:
        """It and its reason, for people."""
        return f"{'+' if self.passed else '-'} {self.name}: {self.reason}."


@dataclass(frozen=True)
class Candidate:
    """What one stack would take over from another one.

    ``records`` are the verified deployments of the source, or why they cannot be read.
    """

    checkout: Checkout
    source: Plan
    target: str
    pointer: Pointer
    settings: StackSettings
    now: Release
    release: Release
    plan: Plan | InputError
    records: Sequence[Verified] | PortalError
    hotfix: bool = False


def candidate(checkout: Checkout, source: str, target: str, *, hotfix: bool = False) -> Candidate:
    """Read both stacks, the release, and the source's cluster. InputError if a stack or the release cannot be read."""
    from_file, to_file = read_stack_file(checkout, source), read_stack_file(checkout, target)
    pointer = pointer_of(from_file.values)
    plan, now = load_plan(checkout, source), load_plan(checkout, target)
    return Candidate(
        checkout=checkout,
        source=plan,
        target=target,
        pointer=pointer,
        settings=now.settings,
        now=with_built_from(checkout, now.loaded),
        release=with_built_from(checkout, plan.loaded),
        plan=_with_pointer(checkout, to_file, pointer),
        records=_records(checkout, plan),
        hotfix=hotfix,
    )


def gates(found: Candidate, now: datetime | None = None) -> list[Gate]:
    """All conditions, in the order in which a person would ask. Without a committed release, only that one."""
    pinned = _pinned(found)
    if not pinned.passed:
        return [pinned]
    at = now or datetime.now(UTC)
    return [pinned, _verified(found), _soaked(found, at), *(gate(found) for gate in _GATES)]


def _pinned(found: Candidate) -> Gate:
    name = "committed release"
    if found.pointer.release == WORKSPACE:
        return Gate(name, False, f"{found.source.stack} deploys the checkout, which nobody can promote")
    return Gate(name, True, f"{found.source.stack} points to {found.pointer.release}")


def _verified(found: Candidate) -> Gate:
    name, stack = "verified", found.source.stack
    if isinstance(found.records, PortalError):
        return Gate(name, False, f"the record in the cluster of {stack} cannot be read: {found.records.last_line}")
    record = _record(found)
    if record is None:
        others = ", ".join(one.release for one in found.records)
        return Gate(
            name,
            False,
            f"no deployment of {_shown(found.pointer)} was verified in {stack}"
            + (f" (verified there: {others})" if others else ""),
        )
    return Gate(name, True, f"in {stack} at {record.at:%Y-%m-%d %H:%M} UTC, with this release and program")


def _soaked(found: Candidate, now: datetime) -> Gate:
    name, promotion = "soak time", found.settings.promotion
    wanted = timedelta(hours=promotion.soak_hours if promotion is not None else 0)
    record = _record(found)
    if not wanted:
        return Gate(name, True, f"{found.target} asks for none")
    if found.hotfix:
        return Gate(name, True, "not awaited, as this is a hotfix")
    if record is None:
        return Gate(name, False, "it begins when the deployment is verified")
    passed = now - record.at
    left = wanted - passed
    shown = f"{passed.total_seconds() / 3600:.1f} of {wanted.total_seconds() / 3600:g} h"
    return Gate(name, left <= timedelta(0), shown)


def _ordered(found: Candidate) -> Gate:
    name, promotion = "order", found.settings.promotion
    if promotion is None:
        return Gate(name, True, f"{found.target} takes releases from any stack")
    if promotion.stack != found.source.stack:
        reason = f"{found.target} takes its releases from {promotion.stack}"
        return Gate(name, found.hotfix, f"{reason}; skipped, as this is a hotfix" if found.hotfix else reason)
    return Gate(name, True, f"{found.source.stack} is the stack before {found.target}")


def _forward(found: Candidate) -> Gate:
    name = "migrations only forward"
    if found.now.id == WORKSPACE:
        return Gate(
            name, True, f"{found.target} deploys the checkout until now; its database is looked at when it deploys"
        )
    blocked = list(way_back(found.now, found.release).blocked)
    if blocked:
        more = f" (and {len(blocked) - 1} more)" if len(blocked) > 1 else ""
        return Gate(name, False, f"it may not work with the database of {found.target}: {blocked[0]}{more}")
    return Gate(name, True, f"it works with every migration that {found.target} has")


def _accepted(found: Candidate) -> Gate:
    """What `portal check` would find in the stack with this release."""
    name = "checks"
    if isinstance(found.plan, InputError):
        sentences = list(found.plan.sentences)
    else:
        sentences = [error.sentence for error in findings(found.plan) or refusals(found.checkout, found.plan)]
    if sentences:
        more = f" (and {len(sentences) - 1} more)" if len(sentences) > 1 else ""
        return Gate(name, False, f"{sentences[0]}{more}")
    return Gate(name, True, f"settings, secrets and app-config of {found.target} fit it")


def _known_to_program(found: Candidate) -> Gate:
    """The code that will deploy the stack may be older than the checkout's, and not know a key or a format."""
    name, commit = "program", found.pointer.program
    if commit is None:
        return Gate(name, True, f"the code of the checkout deploys {found.target}")
    try:
        file = read_stack_file(found.checkout, found.target)
        text = edited(file.path, found.pointer.changes(file))
        refused = refusal_of_program(found.checkout, file, commit, text)
    except InputError as error:
        return Gate(name, False, error.sentence)
    if refused is not None:
        return Gate(name, False, f"the code of commit {commit[:12]} refuses {found.target} with it: {refused}")
    return Gate(name, True, f"the code of commit {commit[:12]} accepts {found.target} with it")


_GATES: tuple[Callable[[Candidate], Gate], ...] = (_ordered, _forward, _accepted, _known_to_program)


def _record(found: Candidate) -> Verified | None:
    """The record of this very release and program, with the image that the release has in the source stack."""
    if isinstance(found.records, PortalError):
        return None
    return record_of(found.records, found.pointer.release, found.pointer.program, found.source.image)


def _shown(pointer: Pointer) -> str:
    return f"{pointer.release} with program {pointer.program[:12]}" if pointer.program else pointer.release


def _records(checkout: Checkout, plan: Plan) -> Sequence[Verified] | PortalError:
    try:
        return records_of(checkout, plan)
    except PortalError as error:
        return error


def _with_pointer(checkout: Checkout, file: StackFile, pointer: Pointer) -> Plan | InputError:
    """The plan of a stack as it would be with another pointer."""
    try:
        config, secret_keys = checked_configuration(checkout, file)
        config = {key: value for key, value in config.items() if key != PROGRAM}
        program = {PROGRAM: pointer.program} if pointer.program is not None else {}
        return make_plan(checkout, file.stack, {**config, RELEASE: pointer.release, **program}, secret_keys, file.where)
    except InputError as error:
        return error
