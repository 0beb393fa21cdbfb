"""A portal and a cluster that nobody reaches, and an AWS account on loopback."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from portal.base.errors import PortalError
from portal.command import status_reading
from portal.kubernetes.pods import Running
from portal.probe import aws_account
from portal.probe.smoke import HttpAnswer
from tests.support.aws_account import Account, account_on_loopback


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        yield account


@pytest.fixture
def nothing_else_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the portal nor its cluster. AWS has time enough, on a machine that has much to do."""

    def out_of_reach(*_: object) -> Running:
        raise PortalError("out of reach")

    def no_answer(*_: object) -> HttpAnswer:
        return HttpAnswer(None, "", "out of reach")

    monkeypatch.setattr(status_reading, "_cluster", out_of_reach)
    monkeypatch.setattr(status_reading, "_verified", out_of_reach)
    monkeypatch.setattr(status_reading, "fetch_ready", no_answer)
    monkeypatch.setattr(status_reading, "backend_health", out_of_reach)
    monkeypatch.setattr(status_reading, "CLUSTER_SECONDS", 60.0)
    monkeypatch.setattr(aws_account, "SECONDS", 30.0)
