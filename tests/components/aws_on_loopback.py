"""What a pod on EKS reaches of AWS, on loopback: the agent of Pod Identity, and Secrets Manager.

Signatures are checked with AWS's own library.
"""

from __future__ import annotations

import json
import re
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
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-1234-AbCdEf"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8}/[^,]+), SignedHeaders=([^,]+), Signature=(\w+)"
)
# Not the last of its parameters: the signer sorts them.
_SIGNATURE = re.compile(r"&X-Amz-Signature=(\w+)")
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass
class Aws:
    """An account with one secret, and the credentials that its agent has handed out, which end after an hour.

    ``clock`` is the time there. ``answers`` are what Secrets Manager gives, one for each request; the last one stays.
    """

    answers: list[tuple[int, Mapping[str, object]]] = field(default_factory=list[tuple[int, Mapping[str, object]]])
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    issued: list[tuple[Credentials, datetime]] = field(default_factory=list[tuple[Credentials, datetime]])
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

    def issue(self) -> dict[str, str]:
        """New credentials."""
        number = len(self.issued) + 1
        key: Any = Credentials(f"ASIA{number:016}", f"secret/of+{number}", f"session/{number}==")
        ends = self.clock() + timedelta(hours=1)
        self.issued.append((key, ends))
        return {
            "AccessKeyId": str(key.access_key),
            "SecretAccessKey": str(key.secret_key),
            "Token": str(key.token),
            "AccountId": "111122223333",
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _key(self, scope: str, service: str, session: str) -> Credentials:
        name, _, rest = scope.partition("/")
        assert rest[8:] == f"/{REGION}/{service}/aws4_request", f"signed for {rest[9:]}"
        now = self.clock()
        known = [one for one, ends in self.issued if one.access_key == name and ends > now]
        assert known, f"{name} is no key, or has ended"
        found: Any = known[0]
        assert found.token == session, "another session"
        return known[0]

    def accepts(self, token: str, user: str, host: str) -> None:
        """Whether a token of RDS opens a connection to a host for a user; AssertionError if not."""
        url = urlsplit(f"https://{_SIGNATURE.sub('', token)}")
        (signature,) = _SIGNATURE.findall(token)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert url.netloc == host, f"signed for {url.netloc}"
        assert (asked["Action"], asked["DBUser"], asked["X-Amz-SignedHeaders"]) == ("connect", user, "host")
        key = self._key(asked["X-Amz-Credential"], "rds-db", asked["X-Amz-Security-Token"])
        at = datetime.strptime(asked["X-Amz-Date"], _TIME).replace(tzinfo=UTC)
        assert int(asked["X-Amz-Expires"]) <= 900
        age = self.clock() - at
        assert timedelta(minutes=-5) < age < timedelta(seconds=int(asked["X-Amz-Expires"])), f"signed {age} ago"
        request: Any = AWSRequest("GET", url.geturl())
        request.context["timestamp"] = asked["X-Amz-Date"]
        auth: Any = SigV4QueryAuth(key, "rds-db", REGION)
        made = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        assert made == signature, "a wrong signature"

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Mapping[str, object]]:
        """What a request to Secrets Manager gets; AssertionError if it is not signed as AWS demands."""
        match = _AUTHORIZATION.fullmatch(handler.headers["authorization"])
        assert match is not None, handler.headers["authorization"]
        key = self._key(f"{match[1]}/{match[2]}", "secretsmanager", handler.headers["x-amz-security-token"])
        names = match[3].split(";")
        assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= set(names)
        headers = {name: handler.headers[name] for name in names}
        request: Any = AWSRequest("POST", f"http://{handler.headers['host']}/", headers, body)
        request.context["timestamp"] = handler.headers["x-amz-date"]
        auth: Any = SigV4Auth(key, "secretsmanager", REGION)
        made = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        assert made == match[4], "a wrong signature"
        assert handler.headers["x-amz-target"] == "secretsmanager.GetSecretValue"
        assert json.loads(body) == {"SecretId": SECRET_ARN}
        self.read.release()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def aws_on_loopback() -> Generator[Aws]:
    """Such an account."""
    aws = Aws()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers["authorization"] == TOKEN and self.path == "/v1/credentials"
            self._send(200 if given else 403, aws.issue() if given else {"message": "no such token"})

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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    aws.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
