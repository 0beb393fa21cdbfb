"""A verb is one file: nothing else names it, and running it imports no other."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup

from portal.command.verb_table import VerbTable, load_verb, summary, verb_names
from tests.command.in_process import portal
from tests.support.checkouts import ROOT
from tests.support.syntax import nodes_in

VERB = '''"""Say hello."""

from __future__ import annotations

import typer

from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json
from portal.command.verb import Verb


class HelloAnswer(JsonAnswer):
    """`portal say-hello --json`."""

    said_to: str
    """The root of the checkout."""


verb = Verb(answers=(HelloAnswer,))


@verb.command()
def say_hello(context: typer.Context, as_json: Json = False) -> None:
    """Say hello to a checkout.

    \\b
    portal say-hello
    """
    found: Context = context.obj
    root = str(found.checkout.root)
    found.out.document(shown(HelloAnswer(said_to=root)) if as_json else f"Hello, {root}")
'''
RUN = "from portal.command.main import main; main()"
PAGES = "import json; from docs.generate.pages import pages; print(json.dumps(pages()))"
LOADED = "import sys; from portal.command.main import run; run(); print(*sys.modules, file=sys.stderr)"


def commands(name: str, command: TyperCommand | TyperGroup) -> Iterator[tuple[str, TyperCommand]]:
    """Every command below one, with the words that call it."""
    if isinstance(command, TyperCommand):
        yield name, command
        return
    for inner, each in command.commands.items():
        assert isinstance(each, (TyperCommand, TyperGroup))
        yield from commands(f"{name} {inner}", each)


COMMANDS = [found for name, command in VerbTable().items() for found in commands(f"portal {name}", command)]


def python(program: str, *words: str, source: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_file_is_all_that_a_verb_takes(tmp_path: Path) -> None:
    """In a copy of the source: its line in the help, its run, its answer, and both reference pages."""
    for folder in ("portal", "docs/generate"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("Pulumi.yaml", "docs/__init__.py"):
        shutil.copyfile(ROOT / file, tmp_path / file)
    (tmp_path / "portal" / "command" / "verbs" / "say_hello.py").write_text(VERB)

    widest = max(map(len, [*verb_names(), "say-hello"]))
    assert f"  {'say-hello':{widest}}  Say hello.\n" in python(RUN, "--help", source=tmp_path).stdout
    assert python(RUN, "say-hello", source=tmp_path).stdout == f"Hello, {tmp_path}\n"
    assert json.loads(python(RUN, "say-hello", "--json", source=tmp_path).stdout) == {"saidTo": str(tmp_path)}
    assert "Did you mean 'say-hello'?" in python(RUN, "say-helo", source=tmp_path).stderr

    pages: dict[str, str] = json.loads(python(PAGES, source=tmp_path).stdout)
    assert "## portal say-hello\n\nSay hello to a checkout.\n" in pages["command.md"]
    assert "| `saidTo` | text | The root of the checkout. |" in pages["json.md"]


def test_help_imports_no_verb_and_a_verb_no_other() -> None:
    def verbs_of(*words: str) -> set[str]:
        ended = python(LOADED, *words)
        return {word for word in ended.stderr.split() if word.startswith("portal.command.verbs.")}

    assert verbs_of("--help") == set()
    assert verbs_of("up", "--help") == {"portal.command.verbs.up"}
    assert verbs_of("plugins", "sentry") == {"portal.command.verbs.plugins"}


def test_nothing_imports_a_verb() -> None:
    """What another module would need of it belongs into a package that comes before the command."""
    for path in (ROOT / "portal").rglob("*.py"):
        nodes = nodes_in(path)
        imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        assert not [name for name in imported if name.startswith("portal.command.verbs")], path


def test_the_help_has_a_line_for_every_verb(tmp_path: Path) -> None:
    shown = portal("--help", cwd=tmp_path).stdout
    assert len(verb_names()) > 10
    widest = max(map(len, verb_names()))
    for name in verb_names():
        line = summary(name)
        assert f"  {name:{widest}}  {line}\n" in shown, "a line of its own, not wrapped"
        assert line.endswith(".")


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_every_verb_has_help_with_an_example(words: str, command: TyperCommand) -> None:
    sentence, _, rest = (command.help or "").partition("\n\n")
    assert sentence.endswith(".")
    examples = rest.partition("\b\n")[2].splitlines()
    assert any(words in line for line in examples)
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{parameter.name} says nothing"


@pytest.mark.parametrize("name", verb_names())
def test_a_verb_that_prints_an_object_says_which(name: str) -> None:
    """Only an answer that is declared is on the page that the option's help names."""
    (found, *_) = commands(name, VerbTable()[name])
    shared = [each for each in found[1].params if "docs/reference/json.md" in getattr(each, "help", "")]
    assert bool(shared) == (load_verb(name).answers != ())
