"""An AWS on loopback that enforces policies, and requests to it in the name of whoever is asked for."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from portal.aws.github import AUDIENCE, ISSUER
from tests.hardening.checkers import ministack_python

REGION = "eu-central-1"
_START_SECONDS = 30
# What services of AWS answer to whoever may not.
_DENIED = {"AccessDenied", "AccessDeniedException", "AccessDeniedFault", "403"}


@dataclass(frozen=True)
class Credentials:
    """A key; ``token`` if it is one of a session."""

    key: str
    secret: str
    token: str | None = None


@dataclass(frozen=True)
class Emulator:
    """MiniStack with AUTH=true. A key that is the id of an account is that of its root user, who may do everything."""

    url: str

    def root(self, account: str) -> Credentials:
        return Credentials(account, "test")

    def client(self, service: str, who: Credentials, *, tls: bool = True) -> Any:
        """A client of botocore. MiniStack speaks HTTP, and believes this header that a request came over TLS."""
        return _client(self.url, service, who, tls)

    def github_job(self, role: str, subject: str) -> Credentials:
        """The role, for a job of GitHub Actions. ClientError if its trust policy does not take the subject."""
        claims = {"iss": f"https://{ISSUER}", "aud": AUDIENCE, "sub": subject}
        token = ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in ({}, claims, {}))
        account = role.split(":")[4]
        sts = self.client("sts", self.root(account))
        found = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job", WebIdentityToken=token)
        return _credentials(found)

    def session(self, role: str, tags: Mapping[str, str]) -> Credentials:
        """The role, for a service of AWS that says with tags for whom."""
        sts = self.client("sts", self.root(role.split(":")[4]))
        given = [{"Key": key, "Value": value} for key, value in tags.items()]
        return _credentials(sts.assume_role(RoleArn=role, RoleSessionName="session", Tags=given))


def allowed(request: Callable[[], object]) -> bool:
    """Whether a request is allowed. Any other error than a denial is an error of the test."""
    try:
        request()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _DENIED:
            raise
        return False
    return True


@contextmanager
def emulator(folder: Path) -> Generator[Emulator]:
    """MiniStack on a free port of loopback, which ends with the block. It opens no other connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "ERROR",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    url = f"http://127.0.0.1:{port}"
    with (folder / "ministack.log").open("w") as log:
        process = subprocess.Popen(
            [ministack_python(), "-m", "ministack"], env=environment, cwd=folder, stdout=log, stderr=log
        )
        try:
            _wait(url, process, folder)
            yield Emulator(url)
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"MiniStack did not start:\n{(folder / 'ministack.log').read_text()[-2000:]}")


@cache
def _session() -> Any:
    """One, as it keeps what it has read of each service."""
    return Session()


@cache
def _client(url: str, service: str, who: Credentials, tls: bool) -> Any:
    config = Config(read_timeout=20, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    client: Any = _session().create_client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=who.key,
        aws_secret_access_key=who.secret,
        aws_session_token=who.token,
        config=config,
    )
    if tls:
        client.meta.events.register("before-sign", _over_tls)
    return client


def _credentials(found: Any) -> Credentials:
    given = found["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def _over_tls(request: Any, **_: object) -> None:
    request.headers["X-Forwarded-Proto"] = "https"
