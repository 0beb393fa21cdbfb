"""The status of a stack on AWS, as scripts and as people read it."""

from __future__ import annotations

from typing import Any

from portal.base.checkout import Checkout
from portal.command import status_reading
from portal.command.aws_answers import AwsAnswer
from portal.command.aws_lines import aws_lines
from portal.command.context import Context
from portal.plan import Plan
from tests.support.app_config import planned
from tests.support.eks import ON_AWS

WITH_RDS = {**ON_AWS, "database": {"engine": "rds"}}


def look(checkout: Checkout, settings: dict[str, Any] = WITH_RDS) -> AwsAnswer:
    found = answer(checkout, planned(checkout, settings)).aws
    assert found is not None
    return found


def answer(checkout: Checkout, plan: Plan) -> status_reading.StatusAnswer:
    return status_reading.read_status(Context(checkout.root), plan)


def lines(found: AwsAnswer) -> list[str]:
    return [f"{title:13}{line.plain}" for title, line in aws_lines(found)]


def color(found: AwsAnswer, text: str) -> str:
    """The color of a word in a line, or of the whole line."""
    (line,) = [line for _, line in aws_lines(found) if text in line.plain]
    spans = [str(span.style) for span in line.spans if text in line.plain[span.start : span.end]]
    return spans[0] if spans else str(line.style)
