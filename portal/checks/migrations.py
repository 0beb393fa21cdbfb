"""The migrations of this checkout's packages are recorded."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.plan import Plan
from portal.release.migrations import FILE
from portal.release.release import WORKSPACE


def check_migrations(plan: Plan) -> Iterator[InputError]:
    """A release that is made here would lack them, and nothing could migrate the database before pods start."""
    if plan.release.id == WORKSPACE and plan.loaded.migrations is None:
        yield SituationError(
            f"app/{FILE} is missing, or was made for another set of packages than portal.yaml asks for now",
            "run `portal lock`, and commit the files in app/ that it writes",
        )
