"""What is downloaded is what its publisher says it is, or nothing is installed; without a network it takes no time."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import re
import socket
import sys
import tarfile
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portal.base.checkout import Checkout, cache_folder
from portal.base.progress import PlainProgress
from portal.base.yaml_document import read_document
from portal.deploy import pin_pulumi, pulumi_download, pulumi_pins
from portal.deploy.pulumi_cli import CliEnvironment, PulumiCli, pulumi_program
from portal.deploy.pulumi_download import DownloadError, cached_pulumi, download_pulumi
from portal.deploy.pulumi_pins import PLATFORMS, cli_archive, cli_pin, plugin_archive, plugin_pin, this_platform
from portal.deploy.pulumi_plugin import provide_plugin
from tests.support.checkouts import ROOT

PROGRAM = f"#!/bin/sh\necho v{cli_pin().version}\n"
MACHINE = this_platform() or "linux-x64"
ARCHIVE = cli_archive(cli_pin().version, MACHINE)
PLUGIN = plugin_archive("kubernetes", plugin_pin().version, MACHINE)
# What the repository pins, not what a test pins.
PINNED = json.loads(pulumi_pins.PINS.read_text())


@dataclass
class Publisher:
    """A publisher on loopback. ``files`` are what it serves; of those in ``cut`` it sends half.

    ``pins`` is the file that pins what it publishes.
    """

    address: str
    pins: Path
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    cut: set[str] = field(default_factory=set[str])
    length: str | None = None

    def publish(self, archive: bytes, *, name: str = ARCHIVE, of: str = "cli", checksum: str | None = None) -> None:
        self.files[f"/{name}"] = archive
        pins = json.loads(self.pins.read_text())
        pins[of]["sha256"] = {MACHINE: checksum or hashlib.sha256(archive).hexdigest()}
        self.pins.write_text(json.dumps(pins))


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Publisher]:
    pins = tmp_path / "pins.json"
    pins.write_text(json.dumps(PINNED))
    monkeypatch.setattr(pulumi_pins, "PINS", pins)
    monkeypatch.setattr(pin_pulumi, "PINS", pins)

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            content = found.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", found.length or str(len(content or b"")))
            self.end_headers()

        def do_GET(self) -> None:
            content = found.files.get(self.path)
            self.do_HEAD()
            self.wfile.write((content or b"")[: len(content or b"") // (2 if self.path in found.cut else 1)])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing: the tests' own output is enough."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Publisher(f"http://127.0.0.1:{server.server_port}", pins)
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


def parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_the_pinned_cli_is_new_enough_for_the_project_and_pinned_for_all_platforms() -> None:
    required = str(read_document(ROOT / "Pulumi.yaml", "Pulumi.yaml").data["requiredPulumiVersion"]).removeprefix(">=")
    pin = cli_pin()
    assert parts(required) <= parts(pin.version) <= parts(importlib.metadata.version("pulumi"))
    assert sorted(pin.sha256) == sorted(PLATFORMS)


def test_the_pinned_plugin_is_that_of_the_sdk() -> None:
    """The SDK asks for exactly this version. A checksum of another one would be of no use."""
    pin = plugin_pin()
    assert pin.version == importlib.metadata.version("pulumi-kubernetes")
    assert set(pin.sha256) <= set(PLATFORMS)


@pytest.mark.parametrize("of", ["cli", "kubernetes"])
def test_each_pin_is_a_sha256_of_its_own(of: str) -> None:
    values = list(PINNED[of]["sha256"].values())
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in values)
    assert len(set(values)) == len(values)


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


def test_an_archive_that_is_not_the_pinned_one_installs_nothing(publisher: Publisher) -> None:
    """Whatever its publisher says of it: nobody asks there."""
    publisher.publish(archive({"pulumi/pulumi": PROGRAM}))
    changed = archive({"pulumi/pulumi": PROGRAM + "touch /tmp/changed\n"})
    publisher.files[f"/{ARCHIVE}"] = changed
    publisher.files[f"/pulumi-{cli_pin().version}-checksums.txt"] = (
        f"{hashlib.sha256(changed).hexdigest()}  {ARCHIVE}\n".encode()
    )
    with pytest.raises(DownloadError, match="is pinned: it is not what was published"):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []


@pytest.mark.parametrize("machine", ["no-pin", None])
def test_without_a_pin_nothing_is_downloaded(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, machine: str | None
) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM}))
    monkeypatch.setattr(pulumi_download, "this_platform", lambda: machine)
    with pytest.raises(DownloadError, match="no checksum of the Pulumi CLI is pinned"):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []


@pytest.mark.parametrize("length", ["much", "-1", "1.5", "9" * 5000, "\u00b2"])
def test_a_length_that_is_no_number_is_not_shown_and_does_no_harm(publisher: Publisher, length: str) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM}))
    publisher.length = length
    assert download_pulumi(PlainProgress(), publisher.address).is_file()


def test_half_an_archive_installs_nothing(publisher: Publisher) -> None:
    publisher.publish(archive({"pulumi/pulumi": PROGRAM * 100}))
    publisher.cut.add(f"/{ARCHIVE}")
    with pytest.raises(DownloadError):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []


@pytest.mark.parametrize("limit", ["ARCHIVE_LIMIT", "UNPACKED_LIMIT"])
def test_an_archive_without_end_is_given_up(publisher: Publisher, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(pulumi_download, limit, 10)
    publisher.publish(archive({"pulumi/pulumi": PROGRAM * 100}))
    with pytest.raises(DownloadError, match="more than 0"):
        download_pulumi(PlainProgress(), publisher.address)
    assert installed() == []


def test_a_release_that_is_not_there_is_one_sentence(publisher: Publisher) -> None:
    with pytest.raises(DownloadError, match=r"tar\.gz cannot be read \(Not Found\)"):
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


@dataclass(frozen=True)
class Cli:
    """A CLI that writes down what it is asked, in a home of its own."""

    cli: PulumiCli
    asked: Path
    plugins: Path


@pytest.fixture
def cli(checkout: Checkout, tmp_path: Path) -> Cli:
    program, asked, home = tmp_path / "bin" / "pulumi", tmp_path / "asked", tmp_path / "home"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    program.chmod(0o755)
    environment = CliEnvironment({"PULUMI_HOME": str(home)})
    return Cli(PulumiCli(program, checkout, "local", environment), asked, home / "plugins")


def test_the_plugin_is_installed_from_the_verified_archive(publisher: Publisher, cli: Cli) -> None:
    publisher.publish(archive({"pulumi-resource-kubernetes": PROGRAM}), name=PLUGIN, of="kubernetes")
    provide_plugin(cli.cli, PlainProgress(), publisher.address)
    words = cli.asked.read_text().split()
    assert words[:5] == ["plugin", "install", "resource", "kubernetes", f"v{plugin_pin().version}"]
    assert words[5].startswith("--file=/")
    assert words[5].endswith(f"/{PLUGIN}")


def test_another_plugin_than_the_pinned_one_is_not_installed(publisher: Publisher, cli: Cli) -> None:
    publisher.publish(archive({"pulumi-resource-kubernetes": PROGRAM}), name=PLUGIN, of="kubernetes", checksum="0" * 64)
    with pytest.raises(DownloadError, match="is pinned"):
        provide_plugin(cli.cli, PlainProgress(), publisher.address)
    assert not cli.asked.exists()


@pytest.mark.parametrize("half", [False, True])
def test_a_plugin_that_is_there_is_left_as_it_is_unless_half_of_it_is(
    publisher: Publisher, cli: Cli, half: bool
) -> None:
    publisher.publish(archive({"pulumi-resource-kubernetes": PROGRAM}), name=PLUGIN, of="kubernetes")
    folder = cli.plugins / f"resource-kubernetes-v{plugin_pin().version}"
    folder.mkdir(parents=True)
    if half:
        folder.with_name(f"{folder.name}.partial").touch()
    provide_plugin(cli.cli, PlainProgress(), publisher.address)
    assert cli.asked.exists() == half


def test_without_a_pin_the_plugin_is_left_to_the_cli_and_that_is_said(
    publisher: Publisher, cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = json.loads(publisher.pins.read_text())
    pins["kubernetes"]["sha256"] = {}
    publisher.pins.write_text(json.dumps(pins))
    provide_plugin(cli.cli, PlainProgress(sys.stdout), publisher.address)
    assert not cli.asked.exists()
    assert "unverified" in capsys.readouterr().out


def release(publisher: Publisher, repository: str, version: str, names: list[str], *, other: str = "") -> None:
    """What GitHub says of a release whose files the publisher has, too."""
    assets: list[dict[str, str | None]] = [{"name": "without-digest.json", "digest": None}]
    for name in names:
        publisher.files[f"/{name}"] = name.encode()
        digest = hashlib.sha256(b"another" if name == other else name.encode()).hexdigest()
        assets.append({"name": name, "digest": f"sha256:{digest}"})
    publisher.files[f"/{repository}/releases/tags/v{version}"] = json.dumps({"assets": assets}).encode()


@pytest.mark.parametrize("fault", ["", "another", "missing", "no-release"])
def test_pins_are_written_where_both_places_agree_or_not_at_all(publisher: Publisher, fault: str) -> None:
    sdk, plugin = importlib.metadata.version("pulumi"), importlib.metadata.version("pulumi-kubernetes")
    clis = [cli_archive(sdk, machine) for machine in PLATFORMS]
    plugins = [plugin_archive("kubernetes", plugin, machine) for machine in PLATFORMS]
    release(publisher, "pulumi", sdk, clis)
    if fault != "no-release":
        known = plugins[:-1] if fault == "missing" else plugins
        release(publisher, "pulumi-kubernetes", plugin, known, other=plugins[2] if fault == "another" else "")
    before, address = publisher.pins.read_text(), publisher.address
    if fault:
        with pytest.raises(DownloadError):
            pin_pulumi.pin_pulumi(PlainProgress(), github=address, releases=address, plugins=address)
        assert publisher.pins.read_text() == before
    else:
        pin_pulumi.pin_pulumi(PlainProgress(), github=address, releases=address, plugins=address)
        written = json.loads(publisher.pins.read_text())
        assert (written["cli"]["version"], written["kubernetes"]["version"]) == (sdk, plugin)
        assert written["cli"]["sha256"][MACHINE] == hashlib.sha256(clis[PLATFORMS.index(MACHINE)].encode()).hexdigest()
        assert sorted(written["kubernetes"]["sha256"]) == sorted(PLATFORMS)
