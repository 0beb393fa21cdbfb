"""Unpack tar archives, and refuse those that would write outside of their folder.

Python has a filter for this (PEP 706) from 3.11.4 on, and Debian 12 has 3.11.2. So the rules are our own and hold on
every Python. Where Python's filter exists, it checks each member as well.
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

# What tarfile raises for an archive that is damaged, and for numbers and names in it that no file can have.
_DAMAGED = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, ArithmeticError)


class ArchiveError(PortalError):
    """An archive that is damaged, or that holds something we do not unpack. Names the member where one is to blame."""


def unpack(archive: Path, folder: Path, limit: int | None = None) -> None:
    """Unpack ``archive`` (tar, compressed or not) into ``folder``, which holds nothing that somebody else put there.

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
    """All members, or the first one's fault. Reads no further than ``limit``."""
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
    """What is wrong with which member.

    No member lies below a symbolic link, so the folders of a link are real and ``..`` at the start of its target means
    what it says. After that a target only descends: through other links at most, and each of those stays inside too.
    """
    links = {PurePosixPath(member.name) for member in members if member.issym()}
    seen: dict[PurePosixPath, tarfile.TarInfo] = {}
    for member in members:
        path = PurePosixPath(member.name)
        earlier = seen.get(path)
        if path.is_absolute() or ".." in path.parts:
            yield member.name, "is a name outside of its folder"
        elif not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            yield member.name, "is neither file nor folder nor link"
        elif links.intersection(path.parents):
            yield member.name, "lies below a link"
        elif earlier is not None and not (earlier.isdir() and member.isdir()):
            yield member.name, "is in it twice"
        elif member.issym() and not _stays_inside(path.parent, member.linkname):
            yield member.name, f"is a link that leads outside ({member.linkname})"
        elif member.islnk() and not _is_file(seen.get(PurePosixPath(member.linkname))):
            yield member.name, f"is a hard link to no earlier file ({member.linkname})"
        seen[path] = member


def _stays_inside(folder: PurePosixPath, target: str) -> bool:
    """Whether a symbolic link in ``folder`` leads to a place inside the archive, through whatever links."""
    parts = PurePosixPath(target).parts
    descent = [part for part in parts if part != ".."]
    if not target or target.startswith("/") or list(parts[len(parts) - len(descent) :]) != descent:
        return False
    return not posixpath.normpath(folder / target).startswith("..")


def _is_file(member: tarfile.TarInfo | None) -> bool:
    return member is not None and (member.isreg() or member.islnk())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without owner and special modes: what it may do is decided here, not by who packed it."""
    plain = copy.copy(member)
    plain.uid, plain.gid = os.geteuid(), os.getegid()
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return plain


def _python_filter(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Python's own check, with the modes that :func:`_plain` chose: it leaves those of folders to the umask."""
    return tarfile.data_filter(member, folder).replace(mode=member.mode, deep=False)
