"""YAML as Go's yaml.v3 reads it, because that is what the Pulumi CLI does."""

from __future__ import annotations

import pytest

from portal.base.errors import InputError
from portal.base.yaml_document import MAX_NODES, parse_document, resolve_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("1.60", 1.6),
        ("1.55.0", "1.55.0"),
        ("0777", 511),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", 1000),
        ("+5", 5),
        ("-", "-"),
        ("~", None),
        ("", None),
        ("True", True),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("2024-01-02", "2024-01-02T00:00:00Z"),
        ("2024-13-45", "2024-13-45"),
    ],
)
def test_unquoted_words_mean_what_the_cli_takes_them_for(text: str, value: object) -> None:
    found = resolve_scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_quoted_words_are_text() -> None:
    assert parse_document(b"a: '1.60'\nb: \"off\"\nc: 1.60\n", "f").data == {"a": "1.60", "b": "off", "c": 1.6}


def test_every_key_has_a_line() -> None:
    document = parse_document(b"a:\n  b: 1.60\n  c: [x, y]\n", "f.yaml")
    assert document.where(("a", "b")) == "f.yaml:2"
    assert document.where(("a", "c", 1)) == "f.yaml:3"
    assert document.where(("a", "missing")) == "f.yaml:1"


def test_merge_keys_give_way_to_own_keys() -> None:
    document = parse_document(b"base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\n", "f")
    assert document.data["own"] == {"x": 1, "y": 3}


def test_aliases_may_repeat_but_not_explode() -> None:
    few = b"a: &a [1, 2]\nb: [*a, *a]\n"
    assert parse_document(few, "f").data["b"] == [[1, 2], [1, 2]]
    lines = [b"l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]".encode() for i in range(1, 9)]
    with pytest.raises(InputError, match=str(MAX_NODES)):
        parse_document(b"\n".join(lines), "bomb.yaml")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "The file is empty"),
        (b"# only a comment\n", "The file is empty"),
        (b"- a\n", "a list"),
        (b"a: 1\na: 2\n", "the key a second time"),
        (b"a: &x {b: *x}\n", "contains itself"),
        (b"a: !secret 1\n", "the tag !secret"),
        (b"a: [1\nb: 2\n", "f.yaml:2:2"),
        (b"a:\n\t- b\n", "f.yaml:2:1"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 1500, "nested too deeply"),
        (b"a: 1\n---\nb: 2\n", "YAML is broken"),
        (b"[a]: 1\n", "as a key"),
        (b"x" * (1024 * 1024 + 1), "bytes"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_the_place(raw: bytes, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_document(raw, "f.yaml")
    assert words in caught.value.sentence
    assert caught.value.sentence.startswith("f.yaml")
    assert "\n" not in caught.value.sentence
