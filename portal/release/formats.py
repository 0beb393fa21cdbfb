"""The formats of ``release.json``. For each one that can still be read, a function makes the next one of it.

A format is never changed once a release has been written in it: whatever changes what ``release.json`` contains, also
the models of ``portal.yaml`` and of records, gets a new number here, and a function that takes the old one there.
Formats 1 and 2 are refused: they lack the records of sign-in providers and sources, which nothing can make up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portal.base.errors import SituationError, quoted

FORMAT = 4
Content = Mapping[str, object]


def _from_3(content: Content) -> Content:
    """Format 4 adds what an image was built from, its index and its size. Of an older release, that is not known."""
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
