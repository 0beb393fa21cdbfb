"""A stack that names its program names a release too."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan
from portal.release.release import WORKSPACE


def check_program(plan: Plan) -> Iterator[InputError]:
    """Refuse ``portal:program`` for the workspace: the checkout's portal by another commit's code was never tried."""
    program = plan.settings.program
    if program is not None and plan.release.id == WORKSPACE:
        yield InputError(
            where=plan.where(("program",)),
            key="portal:program",
            got=f'"{program[:12]}"',
            allowed="no program, because portal:release is workspace",
            fix="remove it, or write the release that the program deploys",
        )
