"""The official Pulumi CLI in our cache folder: downloaded once, and only if it has the pinned checksum.

Version and checksums are in the repository (:mod:`portal.deploy.pulumi_pins`), so whoever serves the archive cannot
choose what runs. Nothing is downloaded for a platform without a pinned checksum.
"""

from __future__ import annotations

import hashlib
import http.client
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
from portal.deploy.pulumi_pins import cli_archive, cli_pin, this_platform

RELEASES = "https://get.pulumi.com/releases/sdk"

# The longest wait on a machine without internet access, including name resolution and all addresses.
ANSWER_SECONDS = 5.0
# The longest pause between two chunks of the archive.
SILENCE_SECONDS = 30.0

# The archive has some 150 MiB (3.260, Linux). These limits keep a wrong response from filling the disk.
ANSWER_LIMIT = 8 * 2**20
ARCHIVE_LIMIT = 512 * 2**20
UNPACKED_LIMIT = 2 * 2**30
PIECE = 2**20


class DownloadError(PortalError):
    """Something of Pulumi could not be downloaded. The message says why in one sentence. Nothing was installed."""


def cached_pulumi() -> Path | None:
    """The CLI of an earlier download, if it has the right version."""
    program = _folder() / "pulumi"
    return program if program.is_file() else None


def download_pulumi(progress: Progress, releases: str = RELEASES) -> Path:
    """Download, verify, and unpack the CLI. Returns the path of its program. DownloadError if that fails."""
    pin, machine = cli_pin(), this_platform()
    checksum = pin.sha256.get(machine) if machine is not None else None
    if machine is None or checksum is None:
        raise DownloadError("no checksum of the Pulumi CLI is pinned for this system and CPU")
    name = cli_archive(pin.version, machine)
    with progress.phase(f"Download the Pulumi CLI {pin.version}") as phase, made_whole(_folder().parent) as partial:
        partial.mkdir()
        download(f"{releases}/{name}", partial / name, checksum, phase)
        phase.update("unpacking")
        _unpack(partial / name, partial)
        (partial / name).unlink()
        _require_works(partial / "pulumi" / "pulumi")
    return _folder() / "pulumi"


def download(url: str, path: Path, checksum: str, phase: Phase) -> None:
    """Download a file that has this SHA-256. DownloadError if it has another one, or cannot be read.

    A publisher that cannot be reached takes :data:`ANSWER_SECONDS`.
    """
    _within(ANSWER_SECONDS, url, lambda: _reach(url))
    _fetch(url, path, checksum, phase)


def read(url: str) -> bytes:
    """A small answer, whole. DownloadError if it cannot be read or is larger than :data:`ANSWER_LIMIT`."""
    try:
        with _open(urllib.request.Request(url), SILENCE_SECONDS) as answer:  # noqa: S310 - our own address
            content = answer.read(ANSWER_LIMIT + 1)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error
    if len(content) > ANSWER_LIMIT:
        raise DownloadError(f"{url} has more than {ANSWER_LIMIT // 2**20} MiB")
    return content


def _folder() -> Path:
    """The cache folder of the CLI. The archive holds one folder called ``pulumi``."""
    return cache_folder() / "pulumi" / cli_pin().version / "pulumi"


def _within(limit: float, url: str, work: Callable[[], None]) -> None:
    """Run ``work`` with a total limit of seconds. A socket's timeout excludes name resolution and further addresses.

    The thread of a request that gets no response ends with the process.
    """
    done: list[DownloadError | None] = []

    def run() -> None:
        try:
            work()
            done.append(None)
        except DownloadError as error:
            done.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit)
    if not done:
        raise DownloadError(f"{urlsplit(url).netloc} did not answer within {limit:.0f} s")
    if done[0] is not None:
        raise done[0]


def _reach(url: str) -> None:
    """Ask for the headers only: whether the publisher answers, and has the file."""
    try:
        _open(urllib.request.Request(url, method="HEAD"), ANSWER_SECONDS).close()  # noqa: S310 - our own address
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error


def _fetch(url: str, path: Path, checksum: str, phase: Phase) -> None:
    digest = hashlib.sha256()
    received = 0
    try:
        with _open(urllib.request.Request(url), SILENCE_SECONDS) as answer, path.open("wb") as file:  # noqa: S310
            total = _size(answer.headers.get("Content-Length", ""))
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
            f"{url} has the SHA-256 {digest.hexdigest()}, and {checksum} is pinned: it is not what was published"
        )


def _size(text: str) -> int:
    """A Content-Length; 0 if it is no number, as it is only shown."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _open(request: urllib.request.Request, timeout: float) -> http.client.HTTPResponse:
    """Send a request, through the environment's proxy. A redirect to another scheme is an error."""
    answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout)  # noqa: S310 - our own address
    if urlsplit(answer.url).scheme != request.type:
        answer.close()
        raise DownloadError(f"{request.full_url} leads to {answer.url}, which is not {request.type}")
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
    if said != f"v{cli_pin().version}":
        raise DownloadError(f"the Pulumi CLI that was downloaded says that it is {said}, not v{cli_pin().version}")
