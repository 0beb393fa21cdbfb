"""A push to ECR asks for a password with the machine's AWS credentials. It is stored nowhere, and shown nowhere."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from portal.aws.ecr import ecr_region
from portal.base.errors import SituationError
from portal.image import container_builder
from portal.image.container_builder import ContainerBuilder
from portal.image.registry import PushedBefore
from portal.image.registry_login import registry_login
from tests.support.aws_account import Account, account_on_loopback, denied
from tests.support.eks import without_credentials

HOST = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
REPOSITORY = f"{HOST}/portal"
PASSWORD = "eyJwYXlsb2FkIjoi-a-password-of-ECR"
# A builder that writes what it was asked and what it sees of credentials, and answers as little as it can.
PROGRAM = """#!/bin/sh
echo "$@" >> {log}
cat "$DOCKER_CONFIG/config.json" "$REGISTRY_AUTH_FILE" 2>/dev/null >> {log}
ls "$DOCKER_CONFIG" 2>/dev/null >> {log}
for word; do
  case "$before" in --digestfile) echo sha256:{digest} > "$word";; esac
  before="$word"
done
case "$*" in
  *RepoDigests*) echo '["{repository}@sha256:{digest}"]';;
  *imagetools*inspect*) echo sha256:{digest};;
esac
"""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Generator[Account]:
    with account_on_loopback(monkeypatch) as found:
        token = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
        found.answers["GetAuthorizationToken"] = {"authorizationData": [{"authorizationToken": token}]}
        yield found


def builder(folder: Path, name: str) -> ContainerBuilder:
    program = folder / name
    text = PROGRAM.format(log=folder / "log", digest="0" * 64, repository=REPOSITORY)
    program.write_text(text)
    program.chmod(0o755)
    return ContainerBuilder(name, program, folder / "storage")


def nothing_there(*_: object) -> PushedBefore:
    """In place of ECR itself, which is not asked what it has."""
    return PushedBefore()


def entry(password: str = PASSWORD) -> str:
    return base64.b64encode(f"AWS:{password}".encode()).decode()


@pytest.mark.parametrize("name", ["docker", "podman", "buildah"])
def test_a_push_to_ecr_needs_no_stored_password(
    name: str, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users"
    (users / "contexts").mkdir(parents=True)
    before = json.dumps({"credsStore": "desktop", "currentContext": "remote", "auths": {"other": {}}})
    (users / "config.json").write_text(before)
    monkeypatch.setenv("DOCKER_CONFIG", str(users))
    monkeypatch.setattr(container_builder, "pushed_before", nothing_there)
    with registry_login(builder(tmp_path, name), REPOSITORY) as signed_in:
        signed_in.push("portal:build", f"{REPOSITORY}:0123", "linux/amd64")
        kept = [Path(one) for one in signed_in.environment.values()]
        assert all(one.exists() for one in kept)
    assert account.asked == ["ecr:GetAuthorizationToken"]
    log = (tmp_path / "log").read_text()
    assert json.dumps({HOST: {"auth": entry()}}) in log
    assert PASSWORD not in log  # in no word of a command
    assert not any(one.exists() for one in kept)
    assert PASSWORD not in repr(signed_in)
    assert (users / "config.json").read_text() == before
    if name == "docker":
        assert '"currentContext": "remote"' in log
        assert "contexts\n" in log
        assert log.count('"credsStore"') == log.count('"credsStore": "desktop"') == log.count("image inspect")


def test_the_file_is_what_buildah_reads(account: Account, tmp_path: Path) -> None:
    buildah = shutil.which("buildah")
    if buildah is None:
        pytest.skip("there is no buildah here")
    with registry_login(builder(tmp_path, "buildah"), REPOSITORY) as signed_in:
        words = [buildah, "login", "--get-login", HOST]
        said = subprocess.run(words, env={**signed_in.environment}, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "AWS"
    assert account.asked == ["ecr:GetAuthorizationToken"]


def test_without_aws_credentials_the_builders_own_sign_in_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_credentials(monkeypatch)
    own = builder(tmp_path, "buildah")
    with registry_login(own, REPOSITORY) as used:
        assert used is own


def test_other_registries_are_left_to_the_builder(account: Account, tmp_path: Path) -> None:
    own = builder(tmp_path, "docker")
    with registry_login(own, "ghcr.io/acme/portal") as used:
        assert used is own
    assert account.asked == []


def test_credentials_that_ecr_refuses_are_an_error(account: Account, tmp_path: Path) -> None:
    account.answers["GetAuthorizationToken"] = list(denied("ecr:GetAuthorizationToken"))
    with (
        pytest.raises(SituationError, match=r"cannot sign in to ECR in eu-central-1: AccessDenied"),
        registry_login(builder(tmp_path, "docker"), REPOSITORY),
    ):
        pass


@pytest.mark.parametrize(
    ("host", "region"),
    [
        (HOST, "eu-central-1"),
        ("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("111122223333.dkr-ecr.eu-central-1.on.aws", "eu-central-1"),
        ("public.ecr.aws", None),
        (f"{HOST}.acme.example", None),
        ("111122223333.dkr.ecr.eu-central-1.acme.example", None),
        ("111122223333.dkr.ecr.amazonaws.com", None),
        (f"x{HOST}", None),
        (f"{HOST}:443", None),
    ],
)
def test_only_hosts_of_ecr_get_a_password(host: str, region: str | None) -> None:
    assert ecr_region(host) == region
