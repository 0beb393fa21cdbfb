"""What is downloaded is what its publisher says it is, or nothing is installed; without a network it takes no time."""

from __future__ import annotations

import hashlib
import io
import socket
import tarfile
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portal.base.checkout import cache_folder
from portal.base.progress import PlainProgress
from portal.base.yaml_document import read_document
from portal.deploy import pulumi_download
from portal.deploy.pulumi_cli import pulumi_program
from portal.deploy.pulumi_download import DownloadError, archive_name, cached_pulumi, cli_version, download_pulumi
from tests.support.checkouts import ROOT

PROGRAM = f"#!/bin/sh\necho v{cli_version()}\n"


@dataclass
class Publisher:
    """A publisher on loopback. ``files`` are what it serves; of those in ``cut`` it sends half."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    cut: set[str] = field(default_factory=set[str])

    def publish(self, archive: bytes, *, checksum: str | None = None) -> None:
        name = archive_name()
        self.files[f"/{name}"] = archive
        digest = checksum or hashlib.sha256(archive).hexdigest()
        others = f"{'1' * 64}  pulumi-v{cli_version()}-windows-x64.zip\n"
        self.files[f"/pulumi-{cli_version()}-checksums.txt"] = f"{others}{digest}  {name}\n".encode()


@pytest.fixture
def publisher() -> Generator[Publisher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = found.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: len(content or b"") // (2 if self.path in found.cut else 1)])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing: the tests' own output is enough."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Publisher(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def archive(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
    return stream.getvalue()


def installed() -> list[str]:
    return sorted(str(p.relative_to(cache_folder())) for p in cache_folder().rglob("*") if p.is_file())


def test_the_cli_is_that_of_the_sdk_and_new_enough_for_the_project() -> None:
    """CLI and SDK share their version numbers; Pulumi.yaml asks for a least one."""
    required = str(read_document(ROOT / "Pulumi.yaml", "Pulumi.yaml").data["requiredPulumiVersion"]).removeprefix(">=")
    assert [int(part) for part in cli_version().split(".")] >= [int(part) for part in required.split(".")]
    assert f'"pulumi=={cli_version()}"' in (ROOT / "pyproject.toml").read_text()


def test_an_archive_with_the_right_checksum_is_installed_and_found(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM, "pulumi/pulumi-language-python": "#!/bin/sh\n"}))
    assert cached_pulumi() is None
    program = download_pulumi(PlainProgress(), publisher.address)
    assert cached_pulumi() == program
    assert program.with_name("pulumi-language-python").is_file()
    assert len(installed()) == 2
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pulumi_program() == program


def test_the_path_goes_before_the_cache(publisher: Publisher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM}))
    download_pulumi(PlainProgress(), publisher.address)
    own = tmp_path / "pulumi"
    own.write_text(PROGRAM)
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pulumi_program() == own


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({"pulumi/pulumi": PROGRAM, "pulumi/../../../escaped": "x"}, "cannot be unpacked", id="traversal"),
        pytest.param({"elsewhere/pulumi": PROGRAM}, "no pulumi/pulumi", id="no-program"),
        pytest.param({"pulumi/pulumi": "#!/bin/sh\necho v0.1.0\n"}, r"says that it is v0\.1\.0", id="another-version"),
        pytest.param({"pulumi/pulumi": "#!/bin/sh\nexit 1\n"}, "does not run here", id="does-not-run"),
    ],
)
def test_an_archive_that_is_not_what_it_should_be_installs_nothing(
    publisher: Publisher, tmp_path: Path, files: dict[str, str], said: str
) -> None:
    publisher.publish(archive(files))
    with pytest.raises(DownloadError, match=said):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []
    assert not list(tmp_path.rglob("escaped"))


def test_a_wrong_checksum_installs_nothing(publisher: Publisher) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM}), checksum="0" * 64)
    with pytest.raises(DownloadError, match="publisher's checksum file says 0000"):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []


def test_half_an_archive_installs_nothing(publisher: Publisher) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM * 100}))
    publisher.cut.add(f"/{archive_name()}")
    with pytest.raises(DownloadError):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []


def test_a_checksum_file_that_does_not_name_the_archive_is_refused(publisher: Publisher) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM}))
    publisher.files[f"/pulumi-{cli_version()}-checksums.txt"] = b"0  other.tar.gz\n"
    with pytest.raises(DownloadError, match="names no pulumi-v"):
        download_pulumi(PlainProgress(), publisher.address)


@pytest.mark.parametrize("limit", ["ARCHIVE_LIMIT", "UNPACKED_LIMIT"])
def test_an_archive_without_end_is_given_up(publisher: Publisher, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(pulumi_download, limit, 10)
    publisher.publish(archive({"pulumi/pulumi": PROGRAM * 100}))
    with pytest.raises(DownloadError, match="more than 0"):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []


def test_a_release_that_is_not_there_is_one_sentence(publisher: Publisher) -> None:
    with pytest.raises(DownloadError, match=r"checksums\.txt cannot be read \(Not Found\)"):
        download_pulumi(PlainProgress(), publisher.address)


def test_nobody_there_is_one_sentence_at_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(DownloadError, match=r"cannot be read \(.*refused"):
            download_pulumi(PlainProgress(), address)
    assert installed() == []


def test_a_network_that_says_nothing_costs_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the connection and never says a word, as a firewall does; no part of the work is left waiting."""
    assert pulumi_download.ANSWER_SECONDS <= 5
    monkeypatch.setattr(pulumi_download, "ANSWER_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(DownloadError):
            download_pulumi(PlainProgress(), f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert time.monotonic() - began < 2


def test_a_look_up_of_names_that_hangs_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts in no socket's limit."""
    asked, over = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        asked.set()
        over.wait(10)
        return []

    monkeypatch.setattr(pulumi_download, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        with pytest.raises(DownloadError, match=r"publisher\.example did not answer within"):
            download_pulumi(PlainProgress(), "http://publisher.example")
        assert asked.is_set()
    finally:
        over.set()
