"""A web server in the test's own process."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """One request. ``form`` is what a POST carries, as a form or as JSON."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def credential(self) -> str:
        """What came in the Authorization header, without its scheme."""
        return self.headers.get("authorization", "").partition(" ")[2]


@dataclass(frozen=True)
class Reply:
    """One answer."""

    body: str = ""
    status: int = 200
    kind: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def reply_json(data: Any, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(json.dumps(data), status, "application/json")


@dataclass
class Service:
    """One fake. ``served`` and ``refused`` are the requests that it answered and those that it did not, in order."""

    served: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])

    def answer(self, request: Request) -> Reply | None:
        """What it says; None where the request has no right to it, or means nothing here."""
        raise NotImplementedError

    def replied(self, request: Request) -> Reply:
        """The answer, written down."""
        reply = self.answer(request)
        (self.refused if reply is None else self.served).append(f"{request.method} {request.path}")
        return reply or reply_json({"message": "Bad credentials"}, 401)


@contextmanager
def serve(address: str, port: int, service: Service) -> Generator[None]:
    """Answer on one port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            reply = service.replied(
                Request(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    {name.lower(): value for name, value in self.headers.items()},
                    _form(self.rfile.read(int(self.headers.get("content-length", 0))).decode()),
                )
            )
            body = reply.body.encode()
            self.send_response(reply.status)
            for name, value in {"content-type": reply.kind, "content-length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_OPTIONS = _handle  # noqa: N815 - as http.server calls them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
            """What was asked is kept by the service."""

    server = ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _form(body: str) -> dict[str, str]:
    if body.startswith("{"):
        return {str(key): str(value) for key, value in json.loads(body).items()}
    return dict(parse_qsl(body))
