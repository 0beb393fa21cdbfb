"""A range accepts a version as npm says it does."""

from __future__ import annotations

import pytest

from portal.release.version_range import accepts


@pytest.mark.parametrize(
    ("text", "accepted", "refused"),
    [
        ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"),
        ("^0.18.1", "0.18.1 0.18.9", "0.18.0 0.19.0 1.0.0"),
        ("^0.0.3", "0.0.3", "0.0.4 0.1.0"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("^0", "0.9.0", "1.0.0"),
        ("^0.x", "0.9.0", "1.0.0"),
        ("^1.x", "1.0.0 1.9.9", "2.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        ("1.2", "1.2.0 1.2.9", "1.3.0"),
        ("1.2.3", "1.2.3", "1.2.4"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        (">=1.2.3 <2", "1.2.3 1.9.0", "2.0.0 1.2.2"),
        (">= 1.2.3", "1.2.3 9.0.0", "1.2.2"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<=1.2", "1.2.9", "1.3.0"),
        ("<1.2.0", "1.1.9", "1.2.0"),
        ("1.2.3 - 2.3", "1.2.3 2.3.9", "2.4.0"),
        ("^16.13.1 || ^17.0.0 || ^18.0.0", "16.14.0 18.3.1", "16.13.0 19.0.0"),
        ("6.0.0-beta.0 || ^6.3.0", "6.30.6", "6.2.0 7.0.0"),
        ("*", "0.0.1 9.9.9", ""),
        ("", "0.0.1", ""),
        ("x", "0.0.1", ""),
        ("^1.2.0-next.1", "1.2.0", "1.1.9"),
    ],
)
def test_what_a_range_accepts(text: str, accepted: str, refused: str) -> None:
    assert [one for one in accepted.split() if accepts(text, one) is not True] == []
    assert [one for one in refused.split() if accepts(text, one) is not False] == []


@pytest.mark.parametrize("text", ["github:acme/plugin", "next", "file:../x", "patch:a@npm%3A1.0.0#x", "1.2.3.4", "^"])
def test_of_what_is_no_range_nothing_is_said(text: str) -> None:
    assert accepts(text, "1.2.3") is None
    # One alternative that accepts it is enough.
    assert accepts(f"{text} || ^1.0.0", "1.2.3") is True
