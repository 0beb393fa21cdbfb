"""Backups of our own are for databases that have none."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.plan import Plan


def check_own_backups(plan: Plan) -> Iterator[InputError]:
    """Refuse ``portal:backup`` for a database whose service backs it up.

    The pods that dump have a password or nothing, and such a database may take none.
    """
    settings = plan.settings
    if settings.backup is not None and settings.database.own_backups is not None:
        yield SituationError(
            "the database has backups of its own, and portal:backup would make others, which cannot sign in to it",
            settings.database.own_backups,
            where=plan.where(("backup",)),
        )
