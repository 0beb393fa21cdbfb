"""Which releases a stack takes over from another one, and which it does not take any more."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from portal.models.base import Model
from portal.models.scalars import Line, Name


class Promotion(Model):
    """What `portal promote` requires of a release before this stack deploys it."""

    stack: Annotated[Name, Field(alias="from")]
    """The stack that has to run the release first."""

    soak_hours: Annotated[float, Field(ge=0, le=24 * 90)] = 0
    """How long the release has to have run there since it was verified, in hours."""


class RolledBack(Model):
    """A release that `portal rollback` took back here. The stack refuses it until `portal rollback --lift` lifts it."""

    lifted: bool = False
    """Whether the stack accepts it again. Its migrations may be in the database all the same."""

    reason: Line = "no reason given"
    """Why it was taken back."""

    migrations: tuple[Line, ...] = ()
    """Its database migrations that stay in the database. The release before them works with them."""


class Hotfix(Model):
    """A release that `portal promote --hotfix` took over without its soak time, or past the order of stacks."""

    release: Line
    """The release."""

    reason: Line
    """Why it could not wait."""
