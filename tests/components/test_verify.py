"""A pod and the Job beside it ask a portal in the same words, and each thing that can be wrong is named."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from components.backstage.javascript import QUESTIONS_FILE
from components.backstage.verify import ASK, VERIFY_SERVICE, VERIFY_START
from portal.base.checkout import Checkout
from portal.contract import PORT, VERIFIED_PATH, VERIFIED_PORT
from portal.probe.questions import questions
from tests.components.node import NODE
from tests.support.app_config import NOT_CONNECTED, planned

pytestmark = pytest.mark.no_python

QUESTIONS: dict[str, Any] = {
    "agent": "probe",
    "readiness": "/ready",
    "title": "Acme & Sons",
    "plugins": ["catalog", "search"],
    "reads": {"catalog": "/api/catalog/entities?limit=1"},
}
GUEST = {**QUESTIONS, "token": "/api/auth/guest/refresh"}
KEYS = "/.backstage/auth/v1/jwks.json"
WELL: dict[str, tuple[int, str]] = {
    "/ready": (200, "{}"),
    "/": (200, "<title>Acme & Sons</title>"),
    f"/api/catalog{KEYS}": (200, "{}"),
    "/api/catalog/": (401, ""),
    f"/api/search{KEYS}": (200, "{}"),
    "/api/search/": (404, ""),
    "/api/catalog/entities?limit=1": (401, ""),
    "/api/auth/guest/refresh": (200, json.dumps({"backstageIdentity": {"token": "a-token"}})),
}


@contextmanager
def portal(answers: Mapping[str, tuple[int, str]], token: str | None = None) -> Generator[str]:
    """A portal that gives these answers; with ``token``, only who shows it reads the catalog."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = answers.get(self.path, (404, ""))
            if (
                token
                and self.path in QUESTIONS["reads"].values()
                and self.headers["Authorization"] == f"Bearer {token}"
            ):
                status = 200
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def asked(folder: Path, address: str, asks: Mapping[str, Any], limit_ms: int = 0) -> subprocess.CompletedProcess[str]:
    """What the Job's program says about a portal."""
    program = VERIFY_SERVICE.replace(QUESTIONS_FILE, str(folder / "questions.json"))
    program = re.sub(r"LIMIT_MS = [0-9_]+", f"LIMIT_MS = {limit_ms}", program)
    (folder / "end").touch()
    folder.joinpath("verify.mjs").write_text(program.replace("/dev/termination-log", str(folder / "end")))
    folder.joinpath("ask.mjs").write_text(ASK)
    folder.joinpath("questions.json").write_text(json.dumps(asks))
    command = [NODE, folder / "verify.mjs", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_portal_that_answers_everything_is_right(tmp_path: Path) -> None:
    with portal(WELL) as address:
        ended = asked(tmp_path, address, QUESTIONS)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "catalog, search" in ended.stdout


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/ready", (503, ""), "readiness answers 503"),
        ("/", (500, ""), "the first page answers 500"),
        ("/", (200, "<title>Another</title>"), "the first page has another title"),
        (f"/api/search{KEYS}", (404, ""), "plugin search cannot read its database (answers 404)"),
        ("/api/catalog/", (503, ""), "plugin catalog has not started (answers 503)"),
        ("/api/catalog/entities?limit=1", (500, ""), "catalog answers 500 to /api/catalog/entities?limit=1"),
    ],
)
def test_what_is_wrong_is_named_and_written_down(
    tmp_path: Path, path: str, answer: tuple[int, str], words: str
) -> None:
    with portal({**WELL, path: answer}) as address:
        ended = asked(tmp_path, address, QUESTIONS)
    assert ended.returncode == 1
    assert tmp_path.joinpath("end").read_text() == f"the portal does not work at {address}: {words}"


def test_where_anyone_may_enter_the_catalog_has_to_answer(tmp_path: Path) -> None:
    with portal(WELL, token="a-token") as address:
        assert asked(tmp_path, address, GUEST).returncode == 0
    with portal(WELL) as address:
        assert "catalog answers 401" in asked(tmp_path, address, GUEST).stderr
    with portal({**WELL, "/api/auth/guest/refresh": (403, "")}) as address:
        assert "sign-in as a guest answers 403" in asked(tmp_path, address, GUEST).stderr


def test_nobody_there_is_a_sentence_too(tmp_path: Path) -> None:
    with portal(WELL) as address:
        pass
    assert "readiness does not answer (ECONNREFUSED)" in asked(tmp_path, address, QUESTIONS).stderr


def test_a_pod_is_not_ready_before_it_has_answered_itself(tmp_path: Path) -> None:
    answers = {**WELL, "/": (500, "")}
    with portal(answers) as address:
        port = _free_port()
        text = VERIFY_START.replace(QUESTIONS_FILE, str(tmp_path / "questions.json"))
        text = text.replace(f"http://127.0.0.1:{PORT}", address).replace(f"listen({VERIFIED_PORT})", f"listen({port})")
        tmp_path.joinpath("verify-start.mjs").write_text(text)
        tmp_path.joinpath("ask.mjs").write_text(ASK)
        tmp_path.joinpath("questions.json").write_text(json.dumps(QUESTIONS))
        command = [NODE, "--import", tmp_path / "verify-start.mjs", "--eval", "setInterval(() => {}, 1000)"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "this pod gets no requests yet: the first page answers 500\n"
                assert _status(port) == 503
                answers["/"] = WELL["/"]
                assert process.stdout.readline().startswith("this pod answers: the first page, and catalog, search")
                assert _status(port) == 200
            finally:
                process.kill()


def test_a_stack_asks_for_its_title_and_each_of_its_backends(checkout: Checkout) -> None:
    plan = planned(checkout, {"plugins": {**NOT_CONNECTED, "techdocs": {"enabled": False}}})
    found = questions(plan)
    assert found["title"] == plan.app_config.title
    assert set(found["plugins"]) == set(plan.resolved.backends)
    assert "techdocs" not in found["plugins"]
    assert list(found["reads"]) == ["catalog", "search"]
    assert found["token"] == "/api/auth/guest/refresh"
    assert "token" not in questions(planned(checkout, {"signIn": {"provider": "github"}, "plugins": NOT_CONNECTED}))


def _free_port() -> int:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return server.server_port


def _status(port: int) -> int:
    try:
        with urlopen(f"http://127.0.0.1:{port}{VERIFIED_PATH}", timeout=5) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        with refusal:
            return refusal.code
