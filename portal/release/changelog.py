"""What a package's ``CHANGELOG.md`` says about the versions between two, as Backstage's tool writes it.

Source: https://github.com/changesets/changesets (a heading for each version, one for each kind of change below it, and
a list item for each change), with the words that Backstage's contributors use (`**BREAKING**`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from textwrap import dedent

from portal.release.release_versions import is_release, parsed

_VERSION = re.compile(r"^## v?(\d+\.\d+\.\d+)(?:-[\w.-]+)?[ \t]*$", re.MULTILINE)
_KIND = re.compile(r"^### (Major|Minor|Patch) Changes[ \t]*$", re.MULTILINE)
_ITEM = re.compile(r"^- ", re.MULTILINE)
# The commit, and what tools add about who made it.
_COMMIT = re.compile(r"^(?:[0-9a-f]{7,40}: )")
_BREAKING = re.compile(r"\bBREAKING\b")
# Other packages' versions: these have changelogs of their own.
_DEPENDENCIES = "Updated dependencies"


@dataclass(frozen=True)
class Change:
    """One change, as Markdown that others wrote. ``breaking`` is what its author, or a new major version, says."""

    version: str
    breaking: bool
    text: str


def changes_between(changelog: str, before: str, after: str) -> list[Change]:
    """The changes after the version ``before``, up to ``after``, newest first. Those that break something come first.

    Prereleases are left out: the stable version repeats their changes. Empty if a version is not a stable one.
    """
    if not (is_release(before) and is_release(after)):
        return []
    found = [
        change
        for version, text in _sections(changelog)
        if parsed(before) < parsed(version) <= parsed(after)
        for change in _changes(version, text)
    ]
    return sorted(found, key=lambda change: not change.breaking)


def _sections(changelog: str) -> Iterator[tuple[str, str]]:
    text = changelog.replace("\r\n", "\n")
    for heading, end in _pieces(_VERSION.finditer(text), len(text)):
        if "-" not in heading[0][3:]:
            yield heading[1], text[heading.end() : end]


def _changes(version: str, section: str) -> Iterator[Change]:
    for kind, end in _pieces(_KIND.finditer(section), len(section)):
        text = section[kind.end() : end]
        for item, end_of_item in _pieces(_ITEM.finditer(text), len(text)):
            first, *rest = text[item.end() : end_of_item].rstrip().split("\n")
            words = _COMMIT.sub("", first)
            if words.startswith(_DEPENDENCIES):
                continue
            whole = "\n".join([words, dedent("\n".join(rest))]).strip()
            yield Change(version, kind[1] == "Major" or _BREAKING.search(whole) is not None, whole)


def _pieces(found: Iterable[re.Match[str]], end: int) -> Iterator[tuple[re.Match[str], int]]:
    """Each match, and where the text that belongs to it ends: before the next one."""
    matches = list(found)
    yield from zip(matches, [*(after.start() for _, after in pairwise(matches)), end], strict=False)
