"""Whether a version is in a range of npm's (https://docs.npmjs.com/cli/v11/using-npm/semver#ranges).

Only stable versions are asked about. A comparator with a prerelease counts as the version that it precedes: a range of
``^1.2.0-next.1`` begins at 1.2.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from portal.release.release_versions import Version, parsed

_PART = r"(\d+|[xX*])"
_PARTIAL = re.compile(rf"(\^|~>?|>=|<=|>|<|=)?\s*v?(?:{_PART}(?:\.{_PART}(?:\.{_PART}(?:-[\w.-]+)?(?:\+[\w.-]+)?)?)?)")
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_ANYTHING = {"", "*", "x", "X", "latest"}
# Ends are exclusive.
_Span = tuple[Version, Version]
_END: Version = (2**31, 0, 0)


def accepts(text: str, version: str) -> bool | None:
    """Whether a range accepts a version. None for what is no range of versions: an address, a tag, a patch."""
    wanted = parsed(version)
    found = [_alternative(part.strip(), wanted) for part in text.split("||")]
    if any(found):
        return True
    return None if None in found else False


def _alternative(text: str, version: Version) -> bool | None:
    if text in _ANYTHING:
        return True
    if hyphen := _HYPHEN.fullmatch(text):
        text = f">={hyphen[1]} <={hyphen[2]}"
    spans: list[_Span] = []
    # An operator may stand apart from its version.
    for comparator in re.sub(r"([\^~<>=])\s+", r"\1", text).split():
        known = _PARTIAL.fullmatch(comparator)
        if known is None:
            return None
        spans.append(_span(known[1] or "=", [known[2], known[3], known[4]]))
    return all(low <= version < high for low, high in spans)


def _span(operator: str, parts: list[str | None]) -> _Span:
    """What a comparator accepts. Parts that are missing or ``x`` stand for any number."""
    numbers = [int(part) for part in _until_any(parts)]
    low = _padded(numbers)
    return _SPANS[operator](low, _next(low, len(numbers)), numbers)


def _until_any(parts: list[str | None]) -> list[str]:
    known: list[str] = []
    for part in parts:
        if part is None or not part.isdecimal():
            break
        known.append(part)
    return known


def _padded(numbers: list[int]) -> Version:
    first, second, third = [*numbers, 0, 0, 0][:3]
    return first, second, third


def _next(version: Version, count: int) -> Version:
    """The first version after all that begin with the same ``count`` numbers."""
    if count == 0:
        return _END
    return _padded([*version[: count - 1], version[count - 1] + 1])


def _caret(low: Version, _: Version, numbers: list[int]) -> _Span:
    """Up to the next change of the first number that is not zero."""
    first = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return low, _next(low, first + 1)


def _tilde(low: Version, _: Version, numbers: list[int]) -> _Span:
    return low, _next(low, min(len(numbers), 2))


_SPANS: Mapping[str, Callable[[Version, Version, list[int]], _Span]] = {
    "^": _caret,
    "~": _tilde,
    "~>": _tilde,
    "=": lambda low, after, _: (low, after),
    ">=": lambda low, _, __: (low, _END),
    ">": lambda _, after, __: (after, _END),
    "<=": lambda _, after, __: ((0, 0, 0), after),
    "<": lambda low, _, __: ((0, 0, 0), low),
}
