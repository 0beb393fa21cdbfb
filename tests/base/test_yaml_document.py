"""YAML as Go's yaml.v3 reads it, because that is what the Pulumi CLI does."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.base.errors import InputError
from portal.base.yaml_document import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse_document, read_document, resolve_scalar


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
        (b"[" * 1500, "f.yaml:1: Values are nested more than 32 levels deep"),
        (b"a: 1\nb: x\x00y\n", "f.yaml:2: The file holds the character U+0000"),
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


def nested(levels: int) -> Mapping[str, bytes]:
    """A value below so many levels, in several ways to write it."""
    return {
        "block": b"".join(b" " * level + b"a:\n" for level in range(levels)) + b" " * levels + b"1\n",
        "flow": b"a: " + b"[" * (levels - 1) + b"1" + b"]" * (levels - 1) + b"\n",
        "mappings": b"a: " + b"{a: " * (levels - 1) + b"1" + b"}" * (levels - 1) + b"\n",
        "dashes": b"a:\n" + b"- " * (levels - 1) + b"1\n",
        "aliases": b"a0: &a0 1\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, levels)),
        "merges": b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {<<: *a%d}\n" % (n, n, n - 1) for n in range(1, levels)),
    }


@pytest.mark.parametrize("way", nested(2))
@pytest.mark.parametrize("levels", [MAX_DEPTH + 2, 400])
def test_what_is_nested_too_deeply_is_a_sentence(way: str, levels: int) -> None:
    with pytest.raises(InputError) as caught:
        parse_document(nested(levels if way != "block" else min(levels, 1000))[way], "f.yaml")
    assert re.fullmatch(
        r"f\.yaml:\d+: Values are nested more than 32 levels deep\. Use fewer levels\.", str(caught.value)
    )


@pytest.mark.parametrize("way", nested(2))
def test_what_people_write_is_not_too_deep(way: str) -> None:
    assert parse_document(nested(MAX_DEPTH - 3)[way], "f.yaml").data


MANY = {
    "opening": b"a: " + b"[" * 100_000,
    "braces": b"{a: " * 100_000,
    "keys": b"".join(b"k%d: 1\n" % number for number in range(60_000)),
    "list": b"a: [" + b"1," * 400_000 + b"]",
    "tags": b"a: [" + b"!a 1," * 150_000 + b"]",
    "aliases": b"x: &x 1\na: [" + b"*x," * 300_000 + b"]",
}


@pytest.mark.parametrize("way", ["opening", "braces", "aliases"])
def test_what_is_too_much_is_refused_at_the_limit(way: str) -> None:
    """Not after all of it was read. The others take two seconds of CPU each, and take the same way."""
    began = time.process_time()
    with pytest.raises(InputError, match=r"f\.yaml:\d+: (Values are nested|The file holds) more than"):
        parse_document(MANY[way], "f.yaml")
    assert time.process_time() - began < 5


@pytest.fixture
def special(tmp_path: Path) -> Mapping[str, Path]:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "long").write_bytes(b"#" * (MAX_BYTES + 1))
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(tmp_path)
        one.bind("socket")
        os.chdir(here)
    return {path.name: path for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pipe", "f.yaml: It is a named pipe, not a file. Put a file in its place."),
        ("folder", "f.yaml: It is a folder, not a file. Put a file in its place."),
        ("endless", "f.yaml: It is a device, not a file. Put a file in its place."),
        ("socket", "f.yaml: It is a socket, not a file. Put a file in its place."),
        (
            "broken",
            "f.yaml: It is a link to nowhere, and nothing is there. Write the file, or make the link point to it.",
        ),
        ("loop", "f.yaml: It is a link to loop, and nothing is there."),
        ("missing", "f.yaml: The file cannot be read (No such file or directory). Create it, or correct its name"),
        ("long", f"f.yaml: The file has {MAX_BYTES + 1} bytes, and at most {MAX_BYTES} are read."),
    ],
)
def test_what_is_no_file_is_a_sentence(name: str, said: str, special: Mapping[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_document(special.get(name, tmp_path / name), "f.yaml")
    assert str(caught.value).startswith(said)
