"""AWS is asked with credentials of the stack's account only, and what it refuses is one sentence."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator

import pytest

from portal.base.errors import PortalError
from portal.probe import aws_account
from portal.probe.aws_account import AwsAccount
from tests.support.aws_account import ACCOUNT, REGION, Account, account_on_loopback, denied
from tests.support.eks import SECRET_KEY, without_credentials


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as account:
        yield account


def ask(account: str = ACCOUNT) -> None:
    AwsAccount(account, REGION).ask("rds", "describe_db_instances", DBInstanceIdentifier="portal-test")


def refused(account: str = ACCOUNT) -> str:
    with pytest.raises(PortalError) as caught:
        ask(account)
    assert "\n" not in str(caught.value)
    assert SECRET_KEY not in str(caught.value)
    return str(caught.value)


def test_who_one_is_comes_first_and_once(aws: Account) -> None:
    account = AwsAccount(ACCOUNT, REGION)
    for _ in range(2):
        account.ask("rds", "describe_db_instances", DBInstanceIdentifier="portal-test")
    assert aws.asked == ["sts:GetCallerIdentity", "rds:DescribeDBInstances", "rds:DescribeDBInstances"]


def test_credentials_of_another_account_ask_nothing_there(aws: Account) -> None:
    said = refused("999988887777")
    assert said == (
        f"The AWS credentials are of the account {ACCOUNT}, and the stack is in 999988887777."
        " Choose another profile with AWS_PROFILE."
    )
    assert aws.asked == ["sts:GetCallerIdentity"]


def test_without_credentials_nothing_is_asked(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    without_credentials(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{aws.port}")
    assert refused().startswith("No AWS credentials were found. Sign in")
    assert aws.asked == []


@pytest.mark.parametrize(
    ("action", "answer", "said"),
    [
        ("GetCallerIdentity", (403, "ExpiredToken", "ended"), "The AWS credentials have expired. Sign in again."),
        ("GetCallerIdentity", (403, "InvalidClientTokenId", "?"), "AWS does not know the credentials. Sign in again"),
        (
            "DescribeDBInstances",
            denied("rds:DescribeDBInstances"),
            "The AWS credentials do not allow rds:DescribeDBInstances. docs/how-to/look-after-a-portal.md lists",
        ),
        ("DescribeDBInstances", (400, "Throttling", "Rate exceeded"), "rds:DescribeDBInstances: Throttling: Rate"),
        ("DescribeDBInstances", (502, "", ""), "rds:DescribeDBInstances: "),
        ("DescribeDBInstances", "<html>\n<p>Sign in to the proxy", "127.0.0.1:"),
    ],
)
def test_what_aws_refuses_is_a_sentence(aws: Account, action: str, answer: object, said: str) -> None:
    aws.answers[action] = answer
    assert refused().startswith(said)
    assert len(aws.asked) == len(set(aws.asked)), "a question was asked twice"


def test_what_does_not_answer_is_left_after_seconds(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_account, "SECONDS", 0.2)
    aws.hangs.add("GetCallerIdentity")
    began = time.monotonic()
    assert refused() == f"127.0.0.1:{aws.port} does not answer within 0.2 s"
    assert time.monotonic() - began < 15
    assert aws.asked == ["sts:GetCallerIdentity"]


@pytest.mark.usefixtures("aws")
def test_what_cannot_be_reached_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        assert refused().startswith(f"127.0.0.1:{port} cannot be asked: Could not connect")


@pytest.mark.usefixtures("aws")
def test_an_address_that_is_none_concerns_its_service_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_RDS", "nonsense")
    account = AwsAccount(ACCOUNT, REGION)
    with pytest.raises(PortalError, match=r"AWS cannot be asked: .*nonsense"):
        account.ask("rds", "describe_db_instances")
    assert account.ask_all("acm", "list_certificates", "CertificateSummaryList")
