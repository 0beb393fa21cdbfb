"""``portal:release``, ``portal:program`` and ``portal:image`` fit together."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan
from portal.release.release import WORKSPACE


def check_pinned(plan: Plan) -> Iterator[InputError]:
    """Refuse ``portal:program`` for the workspace, and ``portal:image`` for a release.

    A checkout's portal was never tested with another commit's code, nor a release with another image.
    """
    settings, pinned = plan.settings, plan.release.id != WORKSPACE
    if settings.program is not None and not pinned:
        yield InputError(
            where=plan.where(("program",)),
            key="portal:program",
            got=f'"{settings.program[:12]}"',
            allowed="no program, because portal:release is workspace",
            fix="remove it, or write the release that the program deploys",
        )
    if settings.image is not None and pinned:
        yield InputError(
            where=plan.where(("image",)),
            key="portal:image",
            got=f'"{settings.image}"',
            allowed=f"no image, because the release {plan.release.id} has one",
            fix="remove it, or write the release whose image you want",
        )
