"""Whose checkout this is. A command runs the program of the checkout it is in, so it has to be one of the user's.

The rule is git's for `safe.directory` (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory):
without it, a folder that somebody else put above the current one would run as whoever calls `portal` below it. Root's
files are trusted too, and with sudo those of the user who called it. It does not look at who may write: a group may
share a checkout.
"""

from __future__ import annotations

import os
import pwd
import shlex
from fnmatch import fnmatchcase
from pathlib import Path

from portal.base.errors import PortalError, SituationError
from portal.base.process import output

# What commands run or believe. A folder that all may write to, such as /tmp, can hold those of somebody else.
_BELIEVED = (
    *("", "Pulumi.yaml", "__main__.py", "portal.yaml", "stacks", "components", "portal", "policies"),
    *("app", "content", "releases", "tools", ".portal"),
)


def require_own(root: Path) -> None:
    """Refuse the checkout of another user, unless git was told to trust it."""
    trusted = _trusted_users()
    for name in _BELIEVED:
        path = root / name
        for owner in _owners(path):
            if owner not in trusted and not _git_trusts(root):
                raise SituationError(
                    f"{path} belongs to {_name(owner)}, and commands run what is in a checkout",
                    "clone the repository yourself, or, if you trust that user, run"
                    f" `git config --global --add safe.directory {shlex.quote(str(root))}`",
                )


def _trusted_users() -> set[int]:
    own = os.geteuid()
    trusted = {own, 0}
    caller = os.environ.get("SUDO_UID", "")
    if own == 0 and caller.isdecimal():
        trusted.add(int(caller))
    return trusted


def _owners(path: Path) -> set[int]:
    """Who owns a file or folder, and who the link to it. Empty if there is none."""
    owners: set[int] = set()
    for follow in (False, True):
        try:
            owners.add(path.stat(follow_symlinks=follow).st_uid)
        except OSError:
            continue
    return owners


def _git_trusts(root: Path) -> bool:
    """Whether the user's or the machine's git configuration names the folder. The checkout's own is not asked."""
    trusts = False
    for scope in ("--system", "--global"):
        try:
            said = output(["git", "config", scope, "--get-all", "safe.directory"], cwd=Path("/"))
        except PortalError:
            continue
        for value in said.splitlines():
            folder = value.strip()
            # An empty value takes back the ones before it.
            trusts = bool(folder) and (trusts or folder == "*" or _names(folder, root))
    return trusts


def _names(folder: str, root: Path) -> bool:
    if folder.endswith("/*"):
        return fnmatchcase(str(root), folder)
    return Path(folder).expanduser() == root


def _name(owner: int) -> str:
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"user {owner}"
