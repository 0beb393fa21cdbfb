"""A token is what a cluster accepts, whatever the machine is set to, and nothing else that is secret is shown."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.aws.token import eks_token, exec_credential
from portal.base.errors import InputError
from portal.base.moment import moment
from tests.command.in_process import portal
from tests.support.eks import (
    ACCESS_KEY,
    SECRET_KEY,
    SESSION_TOKEN,
    accepted,
    asked_sts,
    token_of,
    with_credentials,
    without_credentials,
)

WORDS = ("aws", "token", "--cluster", "acme", "--region", "eu-central-1")
VERSION = "client.authentication.k8s.io"


@pytest.mark.parametrize("session_token", [None, SESSION_TOKEN])
def test_the_cluster_alone_can_ask_with_it(monkeypatch: pytest.MonkeyPatch, session_token: str | None) -> None:
    with_credentials(monkeypatch, **({"AWS_SESSION_TOKEN": session_token} if session_token else {}))
    token = eks_token("acme", "eu-central-1")
    host, query = asked_sts(token.text)
    assert host == "sts.eu-central-1.amazonaws.com"
    assert (query["Action"], query["Version"], query["X-Amz-Expires"]) == ("GetCallerIdentity", "2011-06-15", "60")
    assert query["X-Amz-Credential"].startswith(f"{ACCESS_KEY}/")
    assert query.get("X-Amz-Security-Token") == session_token
    assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert accepted(token.text, "acme")
    assert not accepted(token.text, "another")


def test_it_ends_a_minute_before_sts_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_credentials(monkeypatch)
    token = eks_token("acme", "eu-central-1")
    signed = moment(asked_sts(token.text)[1]["X-Amz-Date"])
    assert abs(token.expires - signed - timedelta(minutes=14)) < timedelta(seconds=5)
    said = exec_credential(token, None)["status"]["expirationTimestamp"]
    assert moment(said) == token.expires.replace(microsecond=0)
    assert abs(datetime.now(UTC) + timedelta(minutes=14) - moment(said)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "sts.us-east-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_the_host_is_the_regions_own(monkeypatch: pytest.MonkeyPatch, region: str, host: str) -> None:
    """The authenticator of a cluster takes no other. Settings of the machine that are for other programs do nothing."""
    with_credentials(
        monkeypatch,
        AWS_REGION="eu-west-3",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_ENDPOINT_URL_STS="http://127.0.0.1:1",
        AWS_STS_REGIONAL_ENDPOINTS="legacy",
        AWS_USE_FIPS_ENDPOINT="true",
    )
    token = eks_token("acme", region).text
    found, query = asked_sts(token)
    assert found == host
    assert query["X-Amz-Credential"].split("/")[2:] == [region, "sts", "aws4_request"]
    assert accepted(token, "acme")


def test_a_profile_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also one whose credentials a program gives."""
    without_credentials(monkeypatch)
    keys = {"Version": 1, "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    file = tmp_path / "config"
    file.write_text(
        f"[profile kept]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        f"[profile program]\ncredential_process = cat {tmp_path}/keys.json\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    for profile in ("kept", "program"):
        monkeypatch.setenv("AWS_PROFILE", profile)
        assert accepted(eks_token("acme", "eu-central-1").text, "acme")


@pytest.mark.parametrize(
    ("profile", "environment", "words"),
    [
        ("", {}, "No AWS credentials were found. Sign in"),
        ("", {"AWS_ACCESS_KEY_ID": ACCESS_KEY}, "missing: AWS_SECRET_ACCESS_KEY"),
        ("", {"AWS_PROFILE": "none"}, "The config profile (none) could not be found"),
        ("not an ini file", {}, "Unable to parse config file"),
        ("credential_process = false", {"AWS_PROFILE": "p"}, "Error when retrieving credentials from custom-process"),
        (f"credential_process = echo {SECRET_KEY}", {"AWS_PROFILE": "p"}, "(JSONDecodeError: "),
        ("credential_process = /nowhere/program", {"AWS_PROFILE": "p"}, "(FileNotFoundError: "),
        (
            "sso_session = s\nsso_account_id = 1",
            {"AWS_PROFILE": "p"},
            "there are no AWS credentials",
        ),
    ],
)
def test_what_gives_no_credentials_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, environment: dict[str, str], words: str
) -> None:
    without_credentials(monkeypatch)
    file = tmp_path / "config"
    file.write_text(f"[profile p]\n{profile}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    ended = portal(*WORDS, cwd=tmp_path, **environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words.lower() in ended.stderr.lower()
    assert ended.stderr.count("\n") == 1
    assert SECRET_KEY not in ended.stderr


@pytest.mark.parametrize(
    ("cluster", "region", "words"),
    [
        ("arn:aws:eks:eu-central-1:111122223333:cluster/acme", "eu-central-1", "--cluster: got"),
        ("acme", "Frankfurt", "--region: got"),
        ("acme", "eu-central-1.example.com/", "--region: got"),
    ],
)
def test_what_no_cluster_would_accept_is_refused(
    monkeypatch: pytest.MonkeyPatch, cluster: str, region: str, words: str
) -> None:
    with_credentials(monkeypatch)
    with pytest.raises(InputError, match=words):
        eks_token(cluster, region)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (None, "v1"),
        ("", "v1"),
        (f'{{"apiVersion": "{VERSION}/v1", "spec": {{"interactive": false}}}}', "v1"),
        (f'{{"apiVersion": "{VERSION}/v1beta1"}}', "v1beta1"),
    ],
)
def test_the_answer_has_the_version_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, answered: str
) -> None:
    with_credentials(monkeypatch)
    given = exec_credential(eks_token("acme", "eu-central-1"), asked)
    assert (given["kind"], given["apiVersion"]) == ("ExecCredential", f"{VERSION}/{answered}")


@pytest.mark.parametrize("asked", ["no JSON", "[]", "{}", f'{{"apiVersion": "{VERSION}/v1alpha1"}}'])
def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    with_credentials(monkeypatch)
    token = eks_token("acme", "eu-central-1")
    with pytest.raises(InputError, match=r"expected client\.authentication\.k8s\.io/v1 or"):
        exec_credential(token, asked)


def test_the_command_prints_it_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In any folder: a client of Kubernetes starts it where it runs itself."""
    with_credentials(monkeypatch, AWS_SESSION_TOKEN=SESSION_TOKEN)
    ended = portal(*WORDS, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert accepted(token_of(json.loads(ended.stdout)), "acme")
    assert SECRET_KEY not in ended.stdout
    assert SESSION_TOKEN not in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_token_that_is_shown_by_mistake_shows_its_end_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with_credentials(monkeypatch, AWS_SESSION_TOKEN=SESSION_TOKEN)
    token = eks_token("acme", "eu-central-1")
    assert repr(token) == f"Token(expires={token.expires!r})"


def test_no_other_command_pays_for_it() -> None:
    """Botocore is needed for a token, and not to show what the command does."""
    program = "import sys; from portal.command.main import run; run(); print(*sys.modules)"
    words = [sys.executable, "-c", program, "aws", "token", "--help"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Print a token for an EKS cluster" in shown
    assert "portal.aws.token" in shown.split()
    assert not [name for name in shown.split() if name.startswith("botocore")]
