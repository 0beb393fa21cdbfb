"""Read what the catalog says of stacks: from their files, their recorded graphs and, if asked, their clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import TypeAdapter, ValidationError

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.run_parallel import run_parallel
from portal.command.context import Context
from portal.deploy.verified import record_of, records_of
from portal.graph.environment import Environment
from portal.graph.inventory import reason_of, take_inventory
from portal.models.stack import StackSettings
from portal.plan import Plan, load_plan
from portal.stack.settings import PREFIX
from portal.stackfile.lifetime import end_of
from portal.stackfile.read import StackFile, read_stack_file
from portal.targets import targets

# For all clusters together: a cloud's credentials come from a program that takes a second or two.
CLUSTER_SECONDS = 15.0


@dataclass(frozen=True)
class Reading:
    """A stack, and why it is not known when it was verified; None if that is known, or if nobody asked."""

    environment: Environment
    not_verified: str | None = None


def read_environments(context: Context, stacks: Sequence[str], command: str, *, verified: bool) -> list[Reading]:
    """What is known of each stack. ``command`` is what others are told who want to prepare a program meanwhile.

    ``verified``: ask the clusters too. A stack that cannot be recorded, and a cluster that does not answer, are no
    errors: the reading says why something is missing.
    """
    found: list[Reading] = []
    with context.progress.phase("Record the stacks") as phase:
        for stack in stacks:
            phase.update(stack)
            inventory = take_inventory(context.checkout, stack, command)
            found.append(Reading(replace(_from_file(context.checkout, stack), inventory=inventory)))
    if not verified:
        return found
    with context.progress.phase("Ask the clusters what was verified"):
        times = _verified(context.checkout, stacks)
    return [_with_time(one, times[one.environment.stack]) for one in found]


def _with_time(reading: Reading, at: datetime | PortalError) -> Reading:
    if isinstance(at, PortalError):
        return replace(reading, not_verified=reason_of(at))
    return replace(reading, environment=replace(reading.environment, verified=at))


def _from_file(checkout: Checkout, stack: str) -> Environment:
    """What the file of a stack says, each value by itself: another one may be wrong, or newer than this code.

    A value that is not valid is left out. It may be anything, such as an address with a password.
    """
    try:
        file = read_stack_file(checkout, stack)
    except PortalError:
        # The inventory's fault says it.
        return Environment(stack)
    target = _setting(file, "target")
    return Environment(
        stack,
        target=target if target in targets() else None,
        url=_setting(file, "url"),
        release=_setting(file, "release"),
        program=_setting(file, "program"),
        expires=end_of(file),
    )


def _setting(file: StackFile, name: str) -> Any:  # noqa: ANN401 - of the setting's own type
    """A setting with a valid value, or its default. None if it has neither."""
    field = StackSettings.model_fields[name]
    key = f"{PREFIX}{field.alias or name}"
    if key not in file.values:
        return None if field.is_required() else field.get_default()
    try:
        return TypeAdapter[Any](field.rebuild_annotation()).validate_python(file.values[key])
    except ValidationError:
        return None


def _verified(checkout: Checkout, stacks: Sequence[str]) -> dict[str, datetime | PortalError]:
    """When what each stack points to was verified there, or why that is not known."""
    plans: dict[str, Plan | PortalError] = {}
    for stack in stacks:
        try:
            plans[stack] = load_plan(checkout, stack)
        except PortalError as error:
            plans[stack] = error
    looks = {stack: partial(_verified_at, checkout, plan) for stack, plan in plans.items() if isinstance(plan, Plan)}
    asked = run_parallel(looks, CLUSTER_SECONDS)
    return {stack: plan if isinstance(plan, PortalError) else asked[stack] for stack, plan in plans.items()}


def _verified_at(checkout: Checkout, plan: Plan) -> datetime:
    record = record_of(records_of(checkout, plan), plan.release.id, plan.settings.program, plan.image)
    if record is None:
        raise PortalError("no deployment of what the stack points to was verified")
    return record.at
