"""The releases that a stack pointed to, from Git's history of its file."""

from __future__ import annotations

import re

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.process import output

_FIX = "run this in a complete clone (`git fetch --unshallow`)"
# However the key is written. A comment counts as well, which keeps a release too many.
_POINTED = re.compile(r"^\+.*?\b(r-[0-9a-f]{12})\b", re.MULTILINE)


# Whatever the user's Git shows by default: no colors, no other program's words, merges as well, and earlier names.
_LOG = (
    *("git", "log", "--format=", "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--text"),
    *("--diff-merges=separate", "--follow", "--"),
)


def releases_of(checkout: Checkout, stack: str) -> list[str]:
    """The releases that commits wrote into a stack's file, newest first, each once.

    SituationError if the checkout has no history, or only a part of it: a release that only the rest names may still be
    needed.
    """
    file = checkout.stack_file(stack).relative_to(checkout.root)
    try:
        shallow = output(["git", "rev-parse", "--is-shallow-repository"], cwd=checkout.root).strip()
        changes = output([*_LOG, file], cwd=checkout.root)
    except PortalError as error:
        raise SituationError("Git's history of the stacks cannot be read here", _FIX) from error
    if shallow != "false":
        raise SituationError("this clone has only a part of the history", _FIX)
    return list(dict.fromkeys(_POINTED.findall(changes)))


def committed_releases(checkout: Checkout) -> frozenset[str]:
    """The releases that the last commit has. Only these can be restored from Git."""
    folder = f"{checkout.releases.name}/"
    listed = output(["git", "ls-tree", "-d", "--name-only", "HEAD", "--", folder], cwd=checkout.root)
    return frozenset(line.removeprefix(folder) for line in listed.splitlines())
