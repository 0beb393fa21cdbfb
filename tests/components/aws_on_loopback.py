"""What a pod on EKS reaches of AWS, on loopback: the agent of Pod Identity, and Secrets Manager.

Signatures are checked with AWS's own library. The end-to-end tests serve the same where pods reach it.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Semaphore, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "eu-central-1"
TOKEN = "token-of-the-pod"
ACCOUNT = "111122223333"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1234-AbCdEf"
INSTANCE = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8}/[^,]+), SignedHeaders=([^,]+), Signature=(\w+)"
)
# Not the last of its parameters: the signer sorts them.
_SIGNATURE = re.compile(r"&X-Amz-Signature=(\w+)")
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Issued:
    """Credentials of a role, until they end."""

    credentials: Credentials
    ends: datetime
    role: str


def _only_role(token: str) -> str:
    assert token == TOKEN, "no such token"
    return "role"


def _anything(_role: str, _action: str, _resource: str) -> bool:
    return True


@dataclass
class Aws:
    """An account with one secret and one database, and the credentials that its agent has handed out, for an hour each.

    ``clock`` is the time there. ``answers`` are what Secrets Manager gives, one for each request; the last one stays.
    ``role_of`` is the role of the pod that has a token, or an AssertionError, and ``may`` is what a role may do.
    """

    secret: str = SECRET_ARN
    instance: str = INSTANCE
    role_of: Callable[[str], str] = _only_role
    may: Callable[[str, str, str], bool] = _anything
    answers: list[tuple[int, Mapping[str, object]]] = field(default_factory=list[tuple[int, Mapping[str, object]]])
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    issued: list[Issued] = field(default_factory=list[Issued])
    refused: list[str] = field(default_factory=list[str])
    read: Semaphore = field(default_factory=lambda: Semaphore(0))
    port: int = 0

    def environment(self, folder: Path) -> dict[str, str]:
        """What EKS puts into a pod, with its token in a file."""
        file = folder / "eks-pod-identity-token"
        # A newline at its end would not be sent, and the client would look elsewhere for credentials.
        file.write_text(TOKEN)
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self.port}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file),
            "AWS_REGION": REGION,
        }

    def issue(self, role: str) -> dict[str, str]:
        """New credentials of a role."""
        number = len(self.issued) + 1
        key: Any = Credentials(f"ASIA{number:016}", f"secret/of+{number}", f"session/{number}==")
        ends = self.clock() + timedelta(hours=1)
        self.issued.append(Issued(key, ends, role))
        return {
            "AccessKeyId": str(key.access_key),
            "SecretAccessKey": str(key.secret_key),
            "Token": str(key.token),
            "AccountId": ACCOUNT,
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _signer(self, scope: str, service: str, session: str) -> Issued:
        name, _, rest = scope.partition("/")
        assert rest[8:] == f"/{REGION}/{service}/aws4_request", f"signed for {rest[9:]}"
        now = self.clock()
        known = [one for one in self.issued if one.credentials.access_key == name and one.ends > now]
        assert known, f"{name} is no key, or has ended"
        found: Any = known[0].credentials
        assert found.token == session, "another session"
        return known[0]

    def _require_right(self, signer: Issued, action: str, resource: str) -> None:
        assert self.may(signer.role, action, resource), f"{signer.role} has no right to {action} on {resource}"

    def accepts(self, token: str, user: str, host: str) -> None:
        """Whether a token of RDS opens a connection to a host for a user; AssertionError if not."""
        url = urlsplit(f"https://{_SIGNATURE.sub('', token)}")
        signatures = _SIGNATURE.findall(token)
        assert len(signatures) == 1, "no token"
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert url.netloc == host, f"signed for {url.netloc}"
        assert asked["DBUser"] == user, f"signed for {asked['DBUser']}"
        assert (asked["Action"], asked["X-Amz-SignedHeaders"]) == ("connect", "host")
        signer = self._signer(asked["X-Amz-Credential"], "rds-db", asked["X-Amz-Security-Token"])
        at = datetime.strptime(asked["X-Amz-Date"], _TIME).replace(tzinfo=UTC)
        assert int(asked["X-Amz-Expires"]) <= 900
        age = self.clock() - at
        assert timedelta(minutes=-5) < age < timedelta(seconds=int(asked["X-Amz-Expires"])), f"signed {age} ago"
        request: Any = AWSRequest("GET", url.geturl())
        request.context["timestamp"] = asked["X-Amz-Date"]
        auth: Any = SigV4QueryAuth(signer.credentials, "rds-db", REGION)
        made = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        assert made == signatures[0], "a wrong signature"
        resource = f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:{self.instance}/{user}"
        self._require_right(signer, "rds-db:connect", resource)

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Mapping[str, object]]:
        """What a request to Secrets Manager gets; AssertionError if it is not signed as AWS demands."""
        match = _AUTHORIZATION.fullmatch(handler.headers["authorization"])
        assert match is not None, handler.headers["authorization"]
        signer = self._signer(f"{match[1]}/{match[2]}", "secretsmanager", handler.headers["x-amz-security-token"])
        names = match[3].split(";")
        assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= set(names)
        headers = {name: handler.headers[name] for name in names}
        # The scheme is not signed.
        request: Any = AWSRequest("POST", f"http://{handler.headers['host']}/", headers, body)
        request.context["timestamp"] = handler.headers["x-amz-date"]
        auth: Any = SigV4Auth(signer.credentials, "secretsmanager", REGION)
        made = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        assert made == match[4], "a wrong signature"
        assert handler.headers["x-amz-target"] == "secretsmanager.GetSecretValue"
        assert json.loads(body) == {"SecretId": self.secret}
        self._require_right(signer, "secretsmanager:GetSecretValue", self.secret)
        self.read.release()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def aws_on_loopback() -> Generator[Aws]:
    """Such an account."""
    aws = Aws()
    with serve_aws(aws, "127.0.0.1") as port:
        aws.port = port
        yield aws


@contextmanager
def serve_aws(aws: Aws, address: str, port: int = 0, tls: ssl.SSLContext | None = None) -> Generator[int]:
    """Serve the agent and Secrets Manager at an address. Gives the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                assert self.path == "/v1/credentials", self.path
                role = aws.role_of(self.headers["authorization"])
            except AssertionError as error:
                aws.refused.append(str(error))
                self._send(403, {"message": str(error)})
            else:
                self._send(200, aws.issue(role))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                self._send(*aws.answer(self, body))
            except AssertionError as error:
                aws.refused.append(str(error))
                self._send(400, {"__type": "IncompleteSignatureException", "message": "not signed"})

        def _send(self, status: int, content: Mapping[str, object]) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = ThreadingHTTPServer((address, port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
