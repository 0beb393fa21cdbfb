"""Locks: one writer for each checkout, and one for what there is once on a machine.

A lock is ``flock`` on a file that says who holds it. The kernel lets go of it when its holder ends, however it ends.
Programs that the holder starts do not inherit it, so what outlives a command (the local node) does not hold it.
Readers take no lock: they see each file whole (``portal.base.files``).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from portal.base.errors import PortalError
from portal.base.json_types import is_mapping
from portal.base.process_id import alive

# How long a command waits for each holder that takes a moment, and for a new one to say who it is.
MOMENT_SECONDS = 60.0
NAME_SECONDS = 1.0
_POLL_SECONDS = 0.05
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


@dataclass(frozen=True)
class Holder:
    """Who holds a lock. ``since`` is in seconds of the epoch. ``brief``: it is done in a moment."""

    command: str
    pid: int
    since: float
    brief: bool = False

    @property
    def process(self) -> str:
        """The process in words: number and beginning, with the date if that was not today."""
        began = datetime.fromtimestamp(self.since).astimezone()
        today = began.date() == datetime.now().astimezone().date()
        return f"process {self.pid}, since {began:%H:%M}" if today else f"process {self.pid}, since {began:%m-%d %H:%M}"


class HeldError(PortalError):
    """Another process holds the lock."""

    def __init__(self, holder: Holder | None, place: str) -> None:
        who = f"`{holder.command}` runs {place} ({holder.process})" if holder else f"`portal` command runs {place}"
        super().__init__(f"another {who}. Wait for it, or end it.")


@contextmanager
def held(path: Path, command: str, *, brief: bool = False, place: str = "here") -> Generator[None]:
    """Hold the lock of a file that nothing else uses. File and folder are made, and removed again if nobody needs them.

    ``command`` is what others are told. If the holder is ``brief``, this waits for it. Else it raises HeldError.
    """
    descriptor = _await(path, command, place)
    try:
        # A full disk must not keep a command from deleting something.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps(asdict(Holder(command, os.getpid(), time.time(), brief))).encode())
        yield
    finally:
        # While it is still held: whoever opened the file before finds another one, or none, in its place.
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), path.lstat()):
                path.unlink()
                path.parent.rmdir()
        os.close(descriptor)


def holder_of(path: Path) -> Holder | None:
    """Who holds a lock now. None if nobody does, or if that cannot be found out. Waits for nobody."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _named(path)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None


def _await(path: Path, command: str, place: str) -> int:
    """The descriptor of the locked file."""
    before: Holder | None = None
    began = time.monotonic()
    while True:
        descriptor = _take(path, command)
        if descriptor is not None:
            return descriptor
        holder = _named(path)
        if holder is not None and holder != before:
            # Several may wait in line, and each of them takes a moment.
            before, began = holder, time.monotonic()
        patience = NAME_SECONDS if holder is None else MOMENT_SECONDS if holder.brief else 0
        if time.monotonic() - began >= patience:
            raise HeldError(holder, place)
        time.sleep(_POLL_SECONDS)


def _take(path: Path, command: str) -> int | None:
    """The descriptor of the locked file. None if another process holds it, or removed it just now."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileNotFoundError:
        return None
    except FileExistsError as error:
        # The holder removed the folder while `mkdir` looked at it.
        if path.parent.is_dir() or not os.path.lexists(path.parent):
            return None
        raise _not_writable(path, command, error) from error
    except OSError as error:
        raise _not_writable(path, command, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.lstat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError as error:
        os.close(descriptor)
        if error.errno in _NO_LOCKS:
            raise PortalError(
                f"the file system of {path.parent} has no locks ({error.strerror}), and without them two commands could"
                " overwrite each other's files. Move the checkout to a local disk."
            ) from error
        raise
    os.close(descriptor)
    return None


def _not_writable(path: Path, command: str, error: OSError) -> Exception:
    folder = path.parent
    if folder.is_symlink() and not folder.exists():
        return PortalError(
            f"{folder} is a link to {folder.readlink()}, which is not there. Mount its disk, or remove the link."
        )
    if error.errno == errno.EROFS:
        return PortalError(
            f"{folder} is on a read-only file system, and `{command}` writes there."
            " Copy the checkout to a disk that can be written."
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return PortalError(
            f"this user may not write to {folder}, and `{command}` has to ({error.strerror})."
            " Run it as the user who owns the checkout."
        )
    return error


def _named(path: Path) -> Holder | None:
    """What the file says, if that is a process that lives. A new holder has not written it yet."""
    try:
        known: object = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not is_mapping(known):
        return None
    command, pid, since, brief = (known.get(key) for key in ("command", "pid", "since", "brief"))
    if not (isinstance(command, str) and isinstance(pid, int) and isinstance(since, float) and alive(pid)):
        return None
    return Holder(command, pid, since, brief is True)
