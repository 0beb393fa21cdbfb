"""What a request got is an answer, whatever the other side does: nothing is raised, and nothing stays open."""

from __future__ import annotations

import gc
import io
import socket
import threading
from collections.abc import Generator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.base.errors import PortalError
from portal.base.progress import PlainProgress
from portal.probe import smoke
from portal.probe.smoke import ANSWERS_IN_A_ROW, HttpAnswer, fetch, fetch_ready, sends_to_sign_in, smoke_test


@pytest.fixture
def address() -> Generator[str]:
    """A server that answers with the status in the path; below ``/cut`` it promises more than it sends.

    With 302 it sends on to ``/200``.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = int(self.path.rpartition("/")[2].partition("?")[0])
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/200?state=x")
            self.send_header("Content-Length", "100" if self.path.startswith("/cut") else "5")
            self.end_headers()
            self.wfile.write(b"words")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing: the tests' own output is enough."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [200, 401, 404, 503])
def test_every_status_is_an_answer(address: str, status: int) -> None:
    answer = fetch(f"{address}/{status}")
    assert (answer.status, answer.body) == (status, "words")
    # A response that is still open says so here, from Python 3.14 on, and warnings are errors.
    gc.collect()


@pytest.mark.parametrize("status", [200, 503])
def test_half_an_answer_is_a_reason(address: str, status: int) -> None:
    answer = fetch(f"{address}/cut/{status}")
    assert answer.status is None
    assert "IncompleteRead" in answer.reason


def test_nobody_there_is_a_reason() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        answer = fetch(f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert answer.status is None
    assert "refused" in answer.reason


def test_who_sends_on_is_followed_only_if_that_is_asked_for(address: str) -> None:
    assert fetch(f"{address}/302").status == 200
    stayed = fetch(f"{address}/302", follow=False)
    assert (stayed.status, stayed.location) == (302, "/200?state=x")
    gc.collect()


@pytest.mark.parametrize(
    ("location", "well"),
    [
        ("https://acme.cloudflareaccess.com/cdn-cgi/access/login/portal.acme.example?kid=1", True),
        ("https://acme.cloudflareaccess.com", True),
        ("https://acme.cloudflareaccess.com.any.example/login", False),
        ("https://portal.acme.example/", False),
    ],
)
def test_a_proxy_may_send_people_anywhere_at_its_own_address(
    location: str, well: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*_: object, follow: bool) -> HttpAnswer:
        assert not follow
        return HttpAnswer(302, "", location=location)

    monkeypatch.setattr(smoke, "fetch", fetch)
    answer = sends_to_sign_in("https://portal.acme.example", "https://acme.cloudflareaccess.com")
    assert (answer.status == 200) is well


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (HttpAnswer(302, "", location="https://login.acme.example/authorize?client_id=portal"), True),
        (HttpAnswer(302, "", location="https://login.acme.example/authorize/other"), False),
        (HttpAnswer(302, "", location="https://portal.acme.example/authorize"), False),
        # A load balancer that lets people in without signing in.
        (HttpAnswer(200, "New"), False),
        (HttpAnswer(503, ""), False),
        (HttpAnswer(None, "", "refused"), False),
    ],
)
def test_a_portal_behind_a_sign_in_is_well_when_it_sends_everybody_there(
    answer: HttpAnswer, well: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoke, "POLL_SECONDS", 0)

    def fetch(*_: object, follow: bool) -> HttpAnswer:
        assert not follow
        return answer

    monkeypatch.setattr(smoke, "fetch", fetch)
    sign_in = "https://login.acme.example/authorize"
    assert (sends_to_sign_in("http://localhost", sign_in).status == 200) is well
    progress = PlainProgress(io.StringIO())
    with nullcontext() if well else pytest.raises(PortalError, match="does not serve the portal"):
        smoke_test("http://localhost", "New", progress, limit=0, sign_in=sign_in)


def test_a_pod_that_ends_is_asked_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a moment after a rollout it still gets requests."""
    monkeypatch.setattr(smoke, "POLL_SECONDS", 0)
    answers = iter([503, 503, 200, 503])

    def fetch(*_: object) -> HttpAnswer:
        return HttpAnswer(next(answers), "")

    monkeypatch.setattr(smoke, "fetch", fetch)
    assert fetch_ready("http://localhost", 5).status == 200
    assert fetch_ready("http://localhost", -1).status == 503


def test_a_title_is_live_when_no_connection_reaches_an_old_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Service picks one of two pods for each connection, for as long as the old one is in its rules."""
    monkeypatch.setattr(smoke, "POLL_SECONDS", 0)
    pages = [*("Old", "New", "Old", "New", "New", "Old"), *["New"] * ANSWERS_IN_A_ROW]
    left = iter(pages)

    def fetch(url: str, *_: object) -> HttpAnswer:
        return HttpAnswer(200, "" if url.endswith("/readiness") else next(left))

    monkeypatch.setattr(smoke, "fetch", fetch)
    smoke_test("http://localhost", "New", PlainProgress(io.StringIO()))
    assert list(left) == []
