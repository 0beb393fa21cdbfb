"""A release that was rolled back does not come back by itself."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.plan import Plan


def check_rolled_back(plan: Plan) -> Iterator[InputError]:
    """Refuse a release that this stack rolled back, whoever writes it into the file again."""
    taken_back = plan.settings.rolled_back.get(plan.release.id)
    if taken_back is not None and not taken_back.lifted:
        yield SituationError(
            f"{plan.release.id} was rolled back in this stack ({taken_back.reason})",
            f"deploy another release, or lift it with `portal rollback {plan.stack} --lift {plan.release.id}`",
            where=plan.where(("release",)),
        )
