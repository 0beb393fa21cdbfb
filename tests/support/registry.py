"""A registry on loopback, for those who sign in. It moves no tag, and takes none a second time, as ECR does."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "AWS", "of-the-registry"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
TOKEN = "of-the-token-service"
_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass
class Registry:
    """What it has. ``puts`` are the manifests that were pushed, by tag. ``bearer``: it wants tokens."""

    address: str
    bearer: bool = False
    blobs: dict[str, bytes] = field(default_factory=dict[str, bytes])
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    puts: list[str] = field(default_factory=list[str])

    def put(self, tag: str, content: bytes, kind: str = _INDEX) -> str:
        """The digest of a manifest that is there from now on."""
        digest = digest_of(content)
        self.manifests[tag] = self.manifests[digest] = (kind, content)
        return digest


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def sign_in(file: Path, address: str) -> None:
    """Write what `docker login` writes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"auths": {address: {"auth": BASIC}}}))


class _Handler(BaseHTTPRequestHandler):
    registry: Registry
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/token":
            known = self.headers.get("Authorization") == f"Basic {BASIC}"
            self._answer(200 if known else 401, json.dumps({"token": TOKEN}).encode())
        elif self._signed_in():
            name = path.rpartition("/")[2]
            if path == "/v2/":
                self._answer(200)
            elif "/manifests/" in path and name in self.registry.manifests:
                kind, content = self.registry.manifests[name]
                self._answer(200, content, {"Content-Type": kind, "Docker-Content-Digest": digest_of(content)})
            elif "/blobs/" in path and name in self.registry.blobs:
                self._answer(200, self.registry.blobs[name], {"Docker-Content-Digest": name})
            else:
                self._answer(404)

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def do_POST(self) -> None:
        self._body()
        if self._signed_in():
            self._answer(202, headers={"Location": f"{urlsplit(self.path).path}one"})

    def do_PATCH(self) -> None:
        content = self._body()
        if self._signed_in():
            self.registry.blobs["upload"] = content
            self._answer(202, headers={"Location": self.path, "Range": f"0-{len(content) - 1}"})

    def do_PUT(self) -> None:
        content, url = self._body(), urlsplit(self.path)
        if not self._signed_in():
            return
        if "/blobs/" in url.path:
            (digest,) = parse_qs(url.query)["digest"]
            self.registry.blobs[digest] = content or self.registry.blobs.pop("upload", b"")
            self._answer(201, headers={"Docker-Content-Digest": digest})
            return
        tag = url.path.rpartition("/")[2]
        if tag in self.registry.manifests and not tag.startswith("sha256:"):
            said = f"The image tag '{tag}' already exists and cannot be overwritten because the tag is immutable."
            self._answer(400, json.dumps({"errors": [{"code": "TAG_INVALID", "message": said}]}).encode())
            return
        self.registry.puts.append(tag)
        digest = self.registry.put(tag, content, str(self.headers.get("Content-Type")))
        self._answer(201, headers={"Docker-Content-Digest": digest})

    def _signed_in(self) -> bool:
        registry = self.registry
        wanted = f"Bearer {TOKEN}" if registry.bearer else f"Basic {BASIC}"
        if self.headers.get("Authorization") == wanted:
            return True
        realm = f'Bearer realm="http://{registry.address}/token",service="stand-in"'
        self._answer(401, headers={"WWW-Authenticate": realm if registry.bearer else 'Basic realm="stand-in"'})
        return False

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            pieces: list[bytes] = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, code: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: the tests' own output is enough."""


@contextmanager
def registry() -> Generator[Registry]:
    """A registry, as long as it runs."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        found = Registry(f"127.0.0.1:{server.server_port}")
        handler.registry = found
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()
