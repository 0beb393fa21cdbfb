"""What the rest of a portal has to know of its database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.database.connection import DatabaseConnection
from components.identity.policy import Statement
from components.monitoring.watched import WatchedDatabase


@dataclass(frozen=True, kw_only=True)
class BuiltDatabase:
    """A database, whichever engine it is.

    ``ready`` is what has to be there before anything connects, besides the server. ``sign_in`` are the statements of
    whoever signs in with an AWS role, and ``watched`` is what alarms look at; both are for databases on AWS.
    """

    connection: DatabaseConnection
    ready: Sequence[pulumi.Resource] = ()
    sign_in: Sequence[Statement] = ()
    watched: WatchedDatabase | None = None
