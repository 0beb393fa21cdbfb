"""A server's answer is read whole or not at all, and a refusal leaves no connection open."""

from __future__ import annotations

import gc
import re
import urllib.error
import urllib.request
import warnings
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from portal.base.web_answer import read_answer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address() -> Generator[str]:
    """A server that answers with as many bytes as the path says, and refuses what has no number."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = self.path[1:]
            self.send_response(200 if size.isdigit() else 404)
            self.end_headers()
            self.wfile.write(b"x" * int(size) if size.isdigit() else b"no")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def read(url: str) -> bytes:
    return read_answer(urllib.request.Request(url), seconds=10, most_bytes=100)


def test_it_is_read_whole_up_to_its_limit(address: str) -> None:
    assert read(f"{address}/100") == b"x" * 100
    with pytest.raises(ValueError, match="more than 100 bytes"):
        read(f"{address}/101")


def test_a_refusal_is_closed(address: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(urllib.error.HTTPError) as caught:
            read(f"{address}/nothing")
        assert caught.value.code == 404
        assert caught.value.fp.closed
        del caught
        gc.collect()


def test_nobody_asks_a_server_without_it() -> None:
    """Python 3.14 warns of a refusal that is not closed, wherever it is forgotten. Who does more is named."""
    named = {
        "portal/base/web_answer.py": "it is what the others use",
        "portal/deploy/pulumi_download.py": "it shows how far a download is",
        "portal/probe/smoke.py": "a refusal is an answer",
    }
    opens = re.compile(r"\burllib\.request\.(urlopen|build_opener)\(")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("portal", "stacks", "components")
        for path in (ROOT / folder).rglob("*.py")
        if opens.search(path.read_text())
    }
    assert found == set(named)
