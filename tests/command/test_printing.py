"""There is one printer: text from outside is never markup, and no control character of it reaches a terminal."""

from __future__ import annotations

import ast
import io
import json
import sys
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from rich.table import Table
from rich.text import Text

from portal.base.checkout import Checkout
from portal.base.errors import SituationError, raise_first
from portal.base.printer import Printer
from portal.base.progress import LiveProgress, PlainProgress
from portal.command.failure import fail
from tests.command.in_process import portal
from tests.support.checkouts import ROOT
from tests.support.syntax import nodes_in

EVIL = "[/x][red]\\[a]\x1b]52;c;ZXZpbA==\x07\x9b2J\u202e"
SHOWN = "[/x][red]\\[a]"
# What prints or makes a console; each is for the modules that are the printer, or that print nothing from outside.
PRINTERS = {"portal/base/printer.py"}
WRITE_TO_STREAMS = {"portal/base/progress.py", "portal/command/failure.py", "portal/image/make_manifest.py"}


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_printer_shows_text_as_it_is(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    file = stream()
    printer = Printer(file, width=200)
    table = Table.grid()
    table.add_row(EVIL, Text(EVIL))
    printer.print(EVIL)
    printer.print(Text.assemble((EVIL, "bold red")))
    printer.table(table)
    LiveProgress(Printer(file)).note(EVIL)
    PlainProgress(file).note(EVIL)
    with LiveProgress(Printer(file, width=200)).phase(EVIL) as phase:
        phase.update(EVIL)
    text = file.getvalue()
    assert text.count(SHOWN) >= 6
    assert "\x1b]" not in text
    assert not {"\x07", "\x9b", "\u202e"} & set(text)


def test_a_document_is_unchanged_in_a_pipe_and_printable_on_a_terminal() -> None:
    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        Printer(stream).document(f"title: {EVIL}")
    assert pipe.getvalue() == f"title: {EVIL}\n"
    assert terminal.getvalue() == f"title: {SHOWN}\n", "no sequence is left"


@pytest.mark.parametrize(
    "words", [["check"], ["status"], ["status", "--json"], ["plugins"], ["config", "--against", "local"], ["render"]]
)
def test_a_title_is_only_text(checkout: Checkout, words: list[str]) -> None:
    file = checkout.stack_file("local")
    file.write_text(file.read_text() + "  portal:title: '[/x] [bold]Acme[/bold]'\n")
    ended = portal(*words, cwd=checkout.root)
    assert ended.returncode == 0, ended.stderr
    if words[0] in {"status", "render"}:
        assert "[/x] [bold]Acme[/bold]" in ended.stdout
    if "--json" in words:
        json.loads(ended.stdout)


def test_a_folder_is_only_text(checkout: Checkout) -> None:
    ended = portal("render", "--out", "[/x]", cwd=checkout.root)
    assert ended.returncode == 0, ended.stderr
    assert "to [/x]." in ended.stdout


def test_several_errors_are_readable_on_a_terminal_and_one_line_each_elsewhere() -> None:
    errors = [SituationError(f"the {name} mistake is a long one " + "of many words " * 8, "mend it") for name in "abc"]
    with pytest.raises(SituationError) as caught:
        raise_first(errors)
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        with (
            patch.object(sys, "stderr", stream),
            patch.dict("os.environ", {"COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"}),
        ):
            fail(caught.value, machine=False)
    paragraphs = [Text.from_ansi(part).plain for part in terminal.getvalue().strip().split("\n\n")]
    assert [part.split()[:3] for part in paragraphs] == [["error", "The", name] for name in "abc"]
    assert max(len(line) for part in paragraphs for line in part.splitlines()) <= 80
    assert len(pipe.getvalue().splitlines()) == 3


def test_no_other_module_prints() -> None:
    """A console of one's own, ``print``, or markup: each is a way around the printer."""
    files = sorted((ROOT / "portal").rglob("*.py"))
    assert len(files) > 100
    found = [f"{name}: {what}" for name in (str(file.relative_to(ROOT)) for file in files) for what in printed_by(name)]
    assert not found, "line by line with context.out.print, or context.out.document for documents"


def printed_by(name: str) -> Iterator[str]:
    for node in nodes_in(ROOT / name):
        match node:
            case ast.Call(func=ast.Name(id="print" | "pprint" | "Console")) if name not in PRINTERS:
                yield "print"
            case ast.Call(func=ast.Attribute(attr="echo" | "secho" | "from_markup")):
                yield "markup"
            case ast.keyword(arg="markup", value=ast.Constant(value=True)):
                yield "markup"
            case ast.Attribute(value=ast.Attribute(attr="stdout" | "stderr"), attr="write") if (
                name not in WRITE_TO_STREAMS
            ):
                yield "write"
            case ast.Attribute(value=ast.Attribute(attr="out" | "_out" | "errors"), attr="out"):
                yield "out"
            case _:
                pass
