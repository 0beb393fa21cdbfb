"""Who is told if a portal on AWS is not well."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from portal.models.aws.scalars import TopicArn
from portal.models.base import Model

Email = Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+\.[^\s@]+$")]


class Alarms(Model):
    """Alarms and a dashboard in CloudWatch, for `target: aws`."""

    topic: TopicArn | None = None
    """A topic of SNS that exists. Default: a new one for `emails`."""

    emails: tuple[Email, ...] = ()
    """Addresses that are told. AWS asks each of them to confirm."""
