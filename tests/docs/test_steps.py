"""Whoever does what the tutorial and the how-tos say has a portal that every check accepts, at each step."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import portal.plugins.load
from portal.base.checkout import Checkout
from portal.base.errors import InputError, raise_first
from portal.checks import findings
from tests.support.checkouts import ROOT, SHIPPED, copy_checkout
from tests.support.editors import accept_in_editor
from tests.support.steps import Block, Reader, blocks, edited_files, forget_library

PAGES = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
BLOCKS = {page.stem: blocks(page, page.relative_to(ROOT).as_posix()) for page in PAGES}
EDITING = {name: found for name, found in BLOCKS.items() if any(block.file for block in found)}
SECRETS = [
    (name, words[3])
    for name, found in EDITING.items()
    for block in found
    for words in block.commands()
    if words[1:3] == ["secrets", "set"] and "--stack" not in words
]


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """In a checkout as it is given out."""

    @cache
    def own_library() -> Path:
        library = tmp_path / "library"
        shutil.copytree(portal.plugins.load.LIBRARY, library)
        monkeypatch.setattr(portal.plugins.load, "LIBRARY", library)
        return library

    begun = Reader(copy_checkout(tmp_path / "checkout", SHIPPED), own_library)
    begun.lock()
    yield begun
    if own_library.cache_info().currsize:
        forget_library()


def follow(reader: Reader, found: list[Block]) -> Iterator[tuple[Block, str, tuple[str, ...]]]:
    """Do what a page says. At each command that looks at a stack: its block, the stack, and what refuses it."""
    for block in found:
        if block.file is not None:
            reader.edit(block)
        for words in block.commands():
            stack = reader.run(words)
            if stack is not None:
                yield block, stack, refusal(reader, stack)


def refusal(reader: Reader, stack: str) -> tuple[str, ...]:
    try:
        raise_first(findings(reader.plan(stack)))
    except InputError as error:
        return error.sentences
    return ()


def expected(found: list[Block], block: Block) -> tuple[str, ...]:
    """The sentences that a page shows after a command."""
    following = found[found.index(block) + 1 :][:1]
    return tuple(line for after in following if after.sentence for line in after.sentence.splitlines())


@pytest.mark.parametrize("page", EDITING)
def test_every_step_of_a_page_is_accepted(page: str, reader: Reader) -> None:
    """Or refused with the sentence that the page shows; and an editor marks nothing in what is accepted.

    In the end every stack is accepted that has its secrets, and all content can be read.
    """
    looked = 0
    for block, stack, said in follow(reader, EDITING[page]):
        assert said == expected(EDITING[page], block), f"{block.place}, stack {stack}"
        looked += 1
        if not said:
            require_accepted_by_editors(reader.checkout)
    assert looked, "no command after the edits says that they hold: make up, or portal check"
    stacks = [path.name.split(".")[1] for path in reader.checkout.stacks.glob("Pulumi.*.yaml")]
    given = [stack for stack in stacks if not reader.plan(stack).missing_secrets]
    assert "local" in given
    assert {stack: refusal(reader, stack) for stack in given} == dict.fromkeys(given, ())
    require_accepted_by_editors(reader.checkout)
    for file in reader.checkout.content.rglob("*.yaml"):
        reader_of_entities: Any = YAML(typ="safe", pure=True)
        assert all(entity["metadata"]["name"] for entity in reader_of_entities.load_all(file.read_text()))


@pytest.mark.parametrize(("page", "secret"), SECRETS)
def test_a_secret_that_a_page_names_is_needed(page: str, secret: str, reader: Reader) -> None:
    reader.left_out = secret
    said = [sentence for _, _, sentences in follow(reader, EDITING[page]) for sentence in sentences]
    assert any(f"portal:secrets.{secret}" in sentence for sentence in said)


@pytest.mark.parametrize("page", BLOCKS)
def test_blocks_of_yaml_say_which_file_they_edit(page: str) -> None:
    """Or nothing here would try them (tests/support/steps.py says how they are written)."""
    shown = [block for block in BLOCKS[page] if block.language in {"yaml", "diff"}]
    assert [block.place for block in shown if block.file is None] == []


def require_accepted_by_editors(checkout: Checkout) -> None:
    for name, data in edited_files(checkout).items():
        accept_in_editor(name, data)
