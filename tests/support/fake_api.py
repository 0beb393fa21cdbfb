"""An API server of the tests' own, on loopback: it answers what it was told to, and remembers what it was asked.

Refusals are those of a real one, recorded (``tests/kubernetes/recorded``).
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from portal.kubernetes.api import ClusterApi

RECORDED = Path(__file__).parent.parent / "kubernetes" / "recorded"
CONTEXT = "theirs"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True)
class Answer:
    """What the server says. ``body`` is JSON, or plain text."""

    code: int
    body: Any
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Asked:
    """What the server was asked."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: Any


Says = Answer | Callable[[Asked], Answer]


@cache
def recorded(name: str) -> Answer:
    """What a real API server answered (Kubernetes 1.36.3)."""
    kept = json.loads((RECORDED / f"{name}.json").read_text())
    return Answer(kept["code"], kept["body"])


def found(body: Any) -> Answer:
    return Answer(200, body)


def listed(kind: str, items: Iterable[Mapping[str, Any]] = ()) -> Answer:
    """A list as the API writes it: its items are without their kind."""
    bare = [{key: value for key, value in item.items() if key not in {"kind", "apiVersion"}} for item in items]
    return Answer(200, {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {}, "items": bare})


def reviewed(denied: Callable[[Mapping[str, str]], bool]) -> Callable[[Asked], Answer]:
    """Answers to the question whether we have a right; ``denied`` looks at its verb, group, resource and namespace."""

    def answer(asked: Asked) -> Answer:
        attributes = asked.body["spec"]["resourceAttributes"]
        return Answer(201, {**asked.body, "status": {"allowed": not denied(attributes)}})

    return answer


class FakeApi:
    """The server. What it was not told of is not found, as in a cluster without it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self._says: dict[tuple[str, str], Says] = {}

    def says(self, method: str, path: str, answer: Says) -> None:
        self._says[method, path] = answer

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        told = self._says.get((asked.method, asked.path), recorded("not-found"))
        return told if isinstance(told, Answer) else told(asked)

    def asked_for(self, method: str, path: str) -> list[Asked]:
        return [one for one in self.asked if (one.method, one.path) == (method, path)]


def write_kubeconfig(folder: Path, server: str, user: Mapping[str, Any], **cluster: Any) -> Path:
    file = folder / "kubeconfig"
    content = {
        "clusters": [{"name": "cluster", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "person", "user": user}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": "cluster", "user": "person"}}],
        "current-context": "another one",
    }
    file.write_text(json.dumps(content))
    return file


def api_for(fake: FakeApi, folder: Path, user: Mapping[str, Any] | None = None) -> ClusterApi:
    return ClusterApi(CONTEXT, write_kubeconfig(folder, fake.url, user or {}))


@contextmanager
def fake_api(tls: ssl.SSLContext | None = None) -> Generator[FakeApi]:
    """A server that runs for as long as it is needed."""

    class Handler(BaseHTTPRequestHandler):
        # One packet an answer: the second of two would wait for 40 ms until the first is acknowledged.
        wbufsize = -1
        disable_nagle_algorithm = True
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(address.query).items()}
            body = json.loads(sent) if sent else None
            told = fake.answer(Asked(self.command, address.path, query, self.headers, body))
            text = told.body if isinstance(told.body, str) else json.dumps(told.body)
            self.send_response(told.code)
            self.send_header("Content-Length", str(len(text.encode())))
            for name, value in (told.headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that does not trust us goes in the middle of a greeting."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    fake = FakeApi(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
