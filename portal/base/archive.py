"""Unpack tar archives, and refuse those that would write outside their folder.

Python has a filter for this (PEP 706) since 3.11.4, but Debian 12 has 3.11.2. So the rules here are our own and apply
on every Python. If Python's filter exists, it checks each member too.
"""

from __future__ import annotations

import copy
import os
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from portal.base.errors import PortalError

# What tarfile raises for a damaged archive, and for numbers and names in it that no file can have.
_DAMAGED = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, ArithmeticError)


class ArchiveError(PortalError):
    """A damaged archive, or one with something in it that we do not unpack. Names the member at fault, if any."""


def unpack(archive: Path, folder: Path, limit: int | None = None) -> None:
    """Unpack ``archive`` (tar, compressed or not) into ``folder``, which must contain nothing that others put there.

    Refuses absolute names, names and links that lead outside, names below a link, names that are there twice, and
    devices. ``limit`` is the most bytes that may be unpacked. All members are checked before the first is written.
    Files belong to the current user and get 0755 or 0644, folders 0755; owners and special modes are dropped.
    """
    try:
        with tarfile.open(archive) as content:
            members = [_plain(member) for member in _checked(content, archive, limit)]
            if hasattr(tarfile, "data_filter"):
                content.extractall(folder, members, filter=_python_filter)  # noqa: S202 - checked above, and by the filter
            else:
                content.extractall(folder, members, numeric_owner=True)  # noqa: S202 - checked above
    except _DAMAGED as error:
        raise ArchiveError(f"{archive.name} cannot be unpacked: {error}") from error


def _checked(content: tarfile.TarFile, archive: Path, limit: int | None) -> list[tarfile.TarInfo]:
    """All members. Raises for the first one with a fault, and reads no further than ``limit``."""
    members: list[tarfile.TarInfo] = []
    size = 0
    for member in content:
        size += member.size
        if limit is not None and size > limit:
            raise ArchiveError(f"{archive.name} cannot be unpacked: it holds more than {limit / 2**20:.0f} MiB")
        members.append(member)
    for name, fault in _faults(members):
        raise ArchiveError(f"{archive.name} cannot be unpacked: {name} {fault}")
    return members


def _faults(members: list[tarfile.TarInfo]) -> Iterator[tuple[str, str]]:
    """Each member with a fault, and what the fault is.

    No member lies below a symbolic link, so the folders of a link are real folders, and ``..`` at the start of its
    target leads where it seems to. The rest of a target only descends, if need be through other links, and each of
    those stays inside too.
    """
    links = {PurePosixPath(member.name) for member in members if member.issym()}
    seen: dict[PurePosixPath, tarfile.TarInfo] = {}
    for member in members:
        path = PurePosixPath(member.name)
        earlier = seen.get(path)
        if path.is_absolute() or ".." in path.parts:
            yield member.name, "has a name outside the folder"
        elif not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            yield member.name, "is neither a file, a folder nor a link"
        elif links.intersection(path.parents):
            yield member.name, "is below a link"
        elif earlier is not None and not (earlier.isdir() and member.isdir()):
            yield member.name, "is there twice"
        elif member.issym() and not _stays_inside(path.parent, member.linkname):
            yield member.name, f"is a link that leads outside ({member.linkname})"
        elif member.islnk() and not _is_file(seen.get(PurePosixPath(member.linkname))):
            yield member.name, f"is a hard link to a file that does not precede it ({member.linkname})"
        seen[path] = member


def _stays_inside(folder: PurePosixPath, target: str) -> bool:
    """Whether a symbolic link in ``folder`` stays inside the archive, whichever links it leads through."""
    parts = PurePosixPath(target).parts
    descent = [part for part in parts if part != ".."]
    if not target or target.startswith("/") or list(parts[len(parts) - len(descent) :]) != descent:
        return False
    return not posixpath.normpath(folder / target).startswith("..")


def _is_file(member: tarfile.TarInfo | None) -> bool:
    return member is not None and (member.isreg() or member.islnk())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without its owner and special modes. Modes are decided here, not by whoever packed it."""
    plain = copy.copy(member)
    plain.uid, plain.gid = os.geteuid(), os.getegid()
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return plain


def _python_filter(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Python's own check, with the modes of :func:`_plain`: the filter leaves those of folders to the umask."""
    return tarfile.data_filter(member, folder).replace(mode=member.mode, deep=False)
