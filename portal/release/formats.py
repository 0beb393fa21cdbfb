"""The formats of ``release.json``. Each format that can be read has a function that converts it to the next one.

A format never changes once a release was written in it. If a change to what ``release.json`` contains, also to the
models of ``portal.yaml`` and of records, does not fit an old release, it gets a new number and a function here.
Formats 1 and 2 are refused: they lack the records of sign-in providers and sources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portal.base.errors import SituationError, quoted

FORMAT = 4
Content = Mapping[str, object]


def _from_3(content: Content) -> Content:
    """Format 4 adds what an image was built from, its index and its size. Format 3 does not record these."""
    return {**content, "program": content.get("source", "")}


_NEXT: dict[int, Callable[[Content], Content]] = {3: _from_3}
READABLE = (*_NEXT, FORMAT)


def in_newest_format(content: Content, where: str) -> Content:
    """The content of a ``release.json`` in the newest format. SituationError if its format cannot be read.

    ``format`` still says which one the file has.
    """
    written = content.get("format")
    if type(written) is not int or written not in READABLE:
        newer = type(written) is int and written > FORMAT
        raise SituationError(
            f"the release has format {quoted(written)}, and this version of portal reads formats"
            f" {READABLE[0]} to {READABLE[-1]}",
            "update this checkout"
            if newer
            else "make the release again with `portal build --push`, or deploy it from the commit that made it",
            where=where,
        )
    for number in range(written, FORMAT):
        content = _NEXT[number](content)
    return content
