"""The official Pulumi CLI in our cache folder: downloaded once, checked against its publisher's checksums.

CLI and SDK share their version numbers, so the CLI is that of the SDK in ``requirements.txt``. Its archive is verified
against the checksum file that Pulumi publishes beside it, over HTTPS. This detects a damaged download, but not a
compromised publisher. Names and format: pulumi/pulumi .goreleaser.yml and .github/workflows/sign.yml.
"""

from __future__ import annotations

import hashlib
import http.client
import importlib.metadata
import platform
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from portal.base.archive import ArchiveError, unpack
from portal.base.checkout import cache_folder
from portal.base.errors import PortalError
from portal.base.files import made_whole
from portal.base.process import output
from portal.base.progress import Phase, Progress

RELEASES = "https://get.pulumi.com/releases/sdk"

# The longest wait on a machine without internet access, including name resolution and all addresses.
ANSWER_SECONDS = 5.0
# The longest pause between two chunks of the archive.
SILENCE_SECONDS = 30.0

# The archive has some 150 MiB (3.260, Linux). These limits keep a wrong response from filling the disk.
CHECKSUMS_LIMIT = 64 * 2**10
ARCHIVE_LIMIT = 512 * 2**20
UNPACKED_LIMIT = 2 * 2**30
PIECE = 2**20

_SYSTEMS = {"linux": "linux", "darwin": "darwin"}
_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class DownloadError(PortalError):
    """The CLI could not be downloaded. The message says why in one sentence. Nothing was installed."""


def cli_version() -> str:
    """The version to download: the SDK's."""
    return importlib.metadata.version("pulumi")


def cached_pulumi() -> Path | None:
    """The CLI of an earlier download, if it has the right version."""
    program = _folder() / "pulumi"
    return program if program.is_file() else None


def download_pulumi(progress: Progress, releases: str = RELEASES) -> Path:
    """Download, verify, and unpack the CLI. Returns the path of its program. DownloadError if that fails."""
    name = archive_name()
    with progress.phase(f"Download the Pulumi CLI {cli_version()}") as phase:
        checksum = _checksum(f"{releases}/pulumi-{cli_version()}-checksums.txt", name)
        with made_whole(_folder().parent) as partial:
            partial.mkdir()
            _fetch(f"{releases}/{name}", partial / name, checksum, phase)
            phase.update("unpacking")
            _unpack(partial / name, partial)
            (partial / name).unlink()
            _require_works(partial / "pulumi" / "pulumi")
    return _folder() / "pulumi"


def _folder() -> Path:
    """The cache folder of the CLI. The archive holds one folder called ``pulumi``."""
    return cache_folder() / "pulumi" / cli_version() / "pulumi"


def archive_name() -> str:
    """The name of the archive for this machine. DownloadError if Pulumi publishes none."""
    system, processor = _SYSTEMS.get(sys.platform), _PROCESSORS.get(platform.machine().lower())
    if system is None or processor is None:
        raise DownloadError(f"the Pulumi CLI is not downloaded for {sys.platform} on {platform.machine()}")
    return f"pulumi-v{cli_version()}-{system}-{processor}.tar.gz"


def _checksum(url: str, name: str) -> str:
    """The SHA-256 that the publisher gives for an archive; its file has the format of ``sha256sum``."""
    text = _within(ANSWER_SECONDS, url, lambda: _read(url)).decode(errors="replace")
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].removeprefix("*") == name:
            return words[0].lower()
    raise DownloadError(f"{url} names no {name}")


def _within(limit: float, url: str, work: Callable[[], bytes]) -> bytes:
    """Run ``work`` with a total limit of seconds. A socket's timeout excludes name resolution and further addresses.

    The thread of a request that gets no response ends with the process.
    """
    done: list[bytes | DownloadError] = []

    def run() -> None:
        try:
            done.append(work())
        except DownloadError as error:
            done.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit)
    if not done:
        raise DownloadError(f"{urlsplit(url).netloc} did not answer within {limit:.0f} s")
    if isinstance(done[0], DownloadError):
        raise done[0]
    return done[0]


def _read(url: str) -> bytes:
    try:
        with _open(url, ANSWER_SECONDS) as answer:
            content = answer.read(CHECKSUMS_LIMIT + 1)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error
    if len(content) > CHECKSUMS_LIMIT:
        raise DownloadError(f"{url} is no checksum file: it has more than {CHECKSUMS_LIMIT // 2**10} KiB")
    return content


def _fetch(url: str, path: Path, checksum: str, phase: Phase) -> None:
    digest = hashlib.sha256()
    received = 0
    try:
        with _open(url, SILENCE_SECONDS) as answer, path.open("wb") as file:
            total = int(answer.headers.get("Content-Length") or 0)
            while piece := answer.read(PIECE):
                received += len(piece)
                if received > ARCHIVE_LIMIT:
                    raise DownloadError(f"{url} has more than {ARCHIVE_LIMIT // 2**20} MiB")
                digest.update(piece)
                file.write(piece)
                of = f" of {total // 2**20}" if total else ""
                phase.update(f"{received // 2**20}{of} MiB")
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error
    if digest.hexdigest() != checksum:
        raise DownloadError(
            f"{url} has the SHA-256 {digest.hexdigest()}, and its publisher's checksum file says {checksum}"
        )


def _open(url: str, timeout: float) -> http.client.HTTPResponse:
    """GET a URL, through the environment's proxy. A redirect to another scheme is an error."""
    answer: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=timeout)  # noqa: S310 - our own address
    scheme, reached = urlsplit(url).scheme, answer.url
    if urlsplit(reached).scheme != scheme:
        answer.close()
        raise DownloadError(f"{url} leads to {reached}, which is not {scheme}")
    return answer


def _unreachable(url: str, error: Exception) -> DownloadError:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
    return DownloadError(f"{url} cannot be read ({getattr(error, 'reason', None) or error})")


def _unpack(archive: Path, folder: Path) -> None:
    try:
        unpack(archive, folder, limit=UNPACKED_LIMIT)
    except ArchiveError as error:
        raise DownloadError(str(error)) from error


def _require_works(program: Path) -> None:
    """Check that the program runs on this machine and has the right version."""
    if not program.is_file():
        raise DownloadError("the archive of the Pulumi CLI has no pulumi/pulumi in it")
    try:
        said = output([program, "version"], env={"PULUMI_SKIP_UPDATE_CHECK": "true"}).strip()
    except PortalError as error:
        raise DownloadError(f"the Pulumi CLI that was downloaded does not run here: {error}") from error
    if said != f"v{cli_version()}":
        raise DownloadError(f"the Pulumi CLI that was downloaded says that it is {said}, not v{cli_version()}")
