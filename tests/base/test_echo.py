"""What others wrote reaches a terminal as text, whatever is in it."""

from __future__ import annotations

import json

import pytest

from portal.base.echo import escaped, has_controls, names_a_secret, printable
from portal.base.errors import quoted

CLIPBOARD = "\x1b]52;c;ZXZpbA==\x07"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with [bold] and ünïcode ✓", "plain, with [bold] and ünïcode ✓"),
        (f"before{CLIPBOARD}after", "beforeafter"),
        ("\x1b]0;title\x1b\\x", "x"),
        ("\x9d52;c;eA==\x9cx", "x"),
        ("\x1bP1$r\x1b\\x", "x"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b2Jgone", "gone"),
        ("\x1bcreset", "reset"),
        ("unfinished \x1b]52;c;eA==", "unfinished ]52;c;eA=="),
        ("half\x1b", "half"),
        ("a\rb\x08c\x00d\x7fe\x85f", "abcdef"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("\u2066a\u2069\u200f\ufeff", "a"),
        ("half a \ud83d character", "half a  character"),
    ],
)
def test_only_text_is_left(text: str, shown: str) -> None:
    assert printable(text) == shown
    printable(text).encode()
    assert printable(printable(text)) == shown


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2028])
def test_no_control_character_is_left(code: int) -> None:
    assert set(printable(f"a{chr(code)}b")) <= set("ab\n\t")
    assert has_controls(f"a{chr(code)}b")


def test_a_document_for_programs_means_the_same() -> None:
    value = {"title": f"{CLIPBOARD}\x9b2J\x7f\u202eä"}
    text = escaped(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(text) == value
    assert printable(text) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("two\nlines", '"two\\nlines"'),
        (f"{CLIPBOARD}x", '"x"'),
        ("https://user:pw@grafana.example/x", '"https://...@grafana.example/x"'),
        ({"token": "hunter2"}, "a mapping"),
        (["hunter2"], "a list"),
        (7, "7"),
        (None, "null"),
        ("x" * 200, '"' + "x" * 76 + "..."),
    ],
)
def test_a_value_in_an_error_is_short_and_shows_no_credential(value: object, shown: str) -> None:
    assert quoted(value) == shown


@pytest.mark.parametrize("key", ["token", "apiToken", "secretAccessKey", "password", "private_key", "Authorization"])
def test_a_name_says_that_a_value_is_secret(key: str) -> None:
    assert names_a_secret(key)
    assert not names_a_secret("title")
