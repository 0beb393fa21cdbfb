"""A stack that ends is one that was made to end: like another one, with data that nobody keeps."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, quoted
from portal.plan import Plan


def check_lifetime(plan: Plan) -> Iterator[InputError]:
    """Refuse an end for any other stack, and kept data in one that was made like another.

    ``portal expire`` deletes a stack that has ended with its data and its file. So one line too many in a file must not
    be enough for that. Neither may it leave a snapshot: a stack of the same name could not end a second time.
    """
    settings = plan.settings
    for key, value in (("ttl", settings.ttl), ("expires", settings.expires)):
        if value is not None and settings.like is None:
            yield InputError(
                where=plan.where((key,)),
                key=f"portal:{key}",
                got=quoted(value),
                allowed="no end, because this stack was not made with --like",
                fix="remove it; `portal up --stack NAME --like OTHER --ttl 3d` makes a stack that ends",
            )
    database = settings.database
    if settings.like is not None and not database.data_is_kept and database.leaves_backups:
        yield InputError(
            where=plan.where(("database", "finalSnapshot")),
            key="portal:database.finalSnapshot",
            got="true",
            allowed=f"false, because the stack was made like {settings.like} to be removed, and leaves nothing",
            fix="write it beside keep: false",
        )
    if settings.like is not None and database.data_is_kept:
        yield InputError(
            where=plan.where(("database",)),
            key="portal:database",
            got="a database whose data is kept",
            allowed=f"{{keep: false}}, because the stack was made like {settings.like} to be removed",
            fix="write `portal:database: {keep: false}`; for a stack that stays, remove portal:like, portal:ttl and"
            " portal:expires, and run `portal up` before its end",
        )
