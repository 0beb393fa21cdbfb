"""A job of GitHub Actions on loopback: GitHub says who it is, and STS gives it what a foundation's roles allow.

The roles and whom they take are those of the recorded graph of a foundation. The answers have the shapes of the APIs'
references.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from portal.aws.arn import iam_arn
from portal.aws.github import AUDIENCE, ISSUER
from portal.aws.job_token import KEY, URL
from portal.base.moment import moment_text
from portal.graph.model import Graph
from tests.components.aws import ACCOUNT, REGION, document, of_type
from tests.support.eks import ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, without_credentials
from tests.support.iam_rights import allows

ASSUME = "sts:AssumeRoleWithWebIdentity"
_REQUEST_KEY = "the-runners-own"


@dataclass
class Job:
    """The job. ``subject`` is who it is; ``trust`` are the statements of each role's trust policy, by its ARN.

    ``folder`` is the runner's, and ``asked`` are the roles that it has asked for.
    """

    folder: Path
    subject: str
    trust: Mapping[str, Any]
    asked: list[str] = field(default_factory=list[str])

    @property
    def later(self) -> dict[str, str]:
        """What the environment of later steps has in addition."""
        text = (self.folder / "env").read_text() if (self.folder / "env").exists() else ""
        return dict(line.split("=", 1) for line in text.splitlines())

    def takes(self, role: str) -> bool:
        """Whether a role takes this job."""
        told = {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": self.subject}
        statements = [{**one, "Resource": role} for one in self.trust.get(role, ())]
        return bool(statements) and allows(statements, ASSUME, role, told)


def trust_of(foundation: Graph) -> dict[str, Any]:
    """Whom each role of a foundation takes."""
    return {
        iam_arn(REGION, ACCOUNT, f"role{one.inputs['path']}{one.inputs['name']}"): document(
            one.inputs["assumeRolePolicy"]
        )
        for one in of_type(foundation, "Role")
        if "name" in one.inputs
    }


def _token(subject: str) -> str:
    parts = ({"alg": "none"}, {"sub": subject, "aud": AUDIENCE})
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in (*parts, {}))


_SESSION = f"""<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
<AccessKeyId>{ACCESS_KEY}</AccessKeyId><SecretAccessKey>{SECRET_KEY}</SecretAccessKey>\
<SessionToken>{SESSION_TOKEN}</SessionToken><Expiration>{{ends}}</Expiration>\
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""
_DENIED = """<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>"""


@contextmanager
def job_on_loopback(
    monkeypatch: pytest.MonkeyPatch, folder: Path, subject: str, trust: Mapping[str, Any]
) -> Generator[Job]:
    """Such a job, in whose environment the test runs."""
    job = Job(folder, subject, trust)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            known = self.headers["authorization"] == f"Bearer {_REQUEST_KEY}" and asked["audience"] == [AUDIENCE]
            self._send(200 if known else 401, json.dumps({"value": _token(subject)} if known else {}))

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
            assert form["Action"] == "AssumeRoleWithWebIdentity"
            assert "authorization" not in self.headers
            job.asked.append(form["RoleArn"])
            if form["WebIdentityToken"] == _token(subject) and job.takes(form["RoleArn"]):
                ends = moment_text(datetime.now(UTC) + timedelta(seconds=int(form["DurationSeconds"])))
                self._send(200, _SESSION.format(ends=ends))
            else:
                self._send(403, _DENIED)

        def _send(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        without_credentials(monkeypatch)
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        told = {URL: f"{address}/token?api-version=2.0", KEY: _REQUEST_KEY, "AWS_ENDPOINT_URL_STS": address}
        runner = {"RUNNER_TEMP": str(folder), "GITHUB_ENV": str(folder / "env"), "GITHUB_RUN_ID": "4711"}
        for name, value in {**told, **runner}.items():
            monkeypatch.setenv(name, value)
        yield job
        server.shutdown()
        thread.join()
