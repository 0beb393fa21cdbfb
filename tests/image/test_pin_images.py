"""``make base-images`` writes what a registry has now; here a registry on loopback stands in for it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from portal.base.errors import PortalError
from portal.image import pin_images, pinned_images


@dataclass
class Registry:
    """What it has, by path; with ``realm``, only for those who have its token."""

    address: str
    manifests: dict[str, bytes] = field(default_factory=dict[str, bytes])
    realm: str | None = None


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/token?"):
                wanted = self.path == "/token?service=stand-in&scope=repository%3Aacme%2Fnode%3Apull"
                self.answer(200 if wanted else 404, json.dumps({"token": "anybody"}).encode())
            elif found.realm is not None and self.headers.get("Authorization") != "Bearer anybody":
                fields = f'realm="{found.realm}",service="stand-in",scope="repository:acme/node:pull"'
                self.answer(401, b"", {"WWW-Authenticate": f"Bearer {fields}"})
            else:
                content = found.manifests.get(self.path)
                asked = "image.index" in self.headers.get("Accept", "")
                self.answer(200 if content is not None and asked else 404, content or b"")

        def answer(self, code: int, content: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(code)
            for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing: the tests' own output is enough."""

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Registry(f"127.0.0.1:{server.server_port}")
        pins = tmp_path / "base_images.json"
        entry = {"image": f"{found.address}/acme/node", "tag": "24", "digest": "sha256:" + "0" * 64}
        pins.write_text(json.dumps({"node": entry}))
        monkeypatch.setattr(pinned_images, "PINS", pins)
        monkeypatch.setattr(pin_images, "PINS", pins)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def index(*cpus: str, os: str = "linux") -> bytes:
    manifests: list[dict[str, Any]] = [{"platform": {"architecture": cpu, "os": os}} for cpu in cpus]
    return json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()


@pytest.mark.parametrize("with_token", [False, True])
def test_the_digest_of_the_index_is_written(registry: Registry, with_token: bool) -> None:
    content = index("amd64", "unknown", "arm64", "s390x")
    registry.manifests["/v2/acme/node/manifests/24"] = content
    registry.realm = f"http://{registry.address}/token" if with_token else None
    pin_images.pin_images()
    (image,) = pinned_images.pinned_images().values()
    assert image.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert (image.image, image.tag) == (f"{registry.address}/acme/node", "24")


@pytest.mark.parametrize(
    ("content", "realm", "said"),
    [
        pytest.param(None, None, r"cannot be read \(Not Found\)", id="not-there"),
        pytest.param(index("amd64"), None, "no image for linux/arm64", id="one-cpu"),
        pytest.param(
            index("amd64", "arm64", os="windows"), None, "no image for linux/amd64, linux/arm64", id="windows"
        ),
        pytest.param(b'{"schemaVersion": 2, "config": {}}', None, "not an index", id="a-single-image"),
        pytest.param(b"<html>", None, "not an index", id="not-json"),
        pytest.param(index("amd64", "arm64"), "http://token.example/token", "not https", id="a-token-in-the-clear"),
        pytest.param(index("amd64", "arm64"), "http://127.0.0.1:1/token", "anonymous token", id="no-token"),
    ],
)
def test_what_cannot_be_pinned_changes_nothing(
    registry: Registry, content: bytes | None, realm: str | None, said: str
) -> None:
    if content is not None:
        registry.manifests["/v2/acme/node/manifests/24"] = content
    registry.realm = realm
    before = pinned_images.PINS.read_text()
    with pytest.raises(PortalError, match=said):
        pin_images.pin_images()
    assert pinned_images.PINS.read_text() == before
