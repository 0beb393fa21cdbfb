"""Two commands on one checkout: each ends right, or says who holds the lock. `make races` runs all pairs for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from portal.base.checkout import Checkout
from portal.base.lock import held
from portal.command.verb_table import VerbTable, load_verb, verb_names
from portal.stackfile.generated import opened_configuration
from tests.command.in_process import piped, portal

PORTAL = Path(sys.executable).with_name("portal")
# What each needs besides its name.
WORDS = {
    "secrets set": ["SENTRY_TOKEN"],
    "secrets remove": ["SENTRY_TOKEN"],
    "up": ["--engine", "kubectl", "--cluster", "node"],
    "foundation export": ["--stack", "local"],
    "logs": ["--since", "1m"],
    "promote": ["staging", "prod"],
    "release sign": ["r-000000000000", "--key", "key.pem"],
    "rollback": ["prod"],
    "render": ["--out", os.devnull],
}
WRITERS = {
    *("build", "down", "expire", "foundation export", "lock", "promote", "release prune", "release sign", "restore"),
    *("rollback", "secrets init", "secrets remove", "secrets set", "up", "upgrade"),
}


def commands() -> Iterator[tuple[str, bool]]:
    """Every command by its words, and whether it writes."""
    for name, command in VerbTable().items():
        writers = load_verb(name).writers
        if isinstance(command, TyperGroup):
            yield from ((f"{name} {inner}", inner in writers) for inner in command.commands)
        else:
            yield name, None in writers


def test_every_command_says_whether_it_writes() -> None:
    """A new one that writes is declared with `writer`, and named here."""
    assert {name for name, writes in commands() if writes} == WRITERS
    assert len(verb_names()) > 10


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_writer_beside_another_says_who_that_is_and_changes_nothing(checkout: Checkout, name: str) -> None:
    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in checkout.root.rglob("*") if path.is_file()}

    with held(checkout.lock_file, "portal up"):
        before = files()
        ended = piped(b"x", *name.split(), *WORDS.get(name, []), cwd=checkout.root)
        assert files() == before
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"another `portal up` runs here (process {os.getpid()}, since ")
    assert ended.stderr.endswith("). Wait for it, or end it.\n")


@pytest.mark.parametrize("words", [["check"], ["secrets", "list"], ["config"], ["graph"], ["status"], ["plugins"]])
def test_a_reader_is_not_kept(checkout: Checkout, words: list[str]) -> None:
    alone = portal(*words, cwd=checkout.root)
    with held(checkout.lock_file, "portal up"):
        beside = portal(*words, cwd=checkout.root)
    assert (beside.returncode, beside.stdout) == (alone.returncode, alone.stdout)
    assert beside.returncode == 0


def test_a_reader_that_fails_beside_a_writer_names_it(checkout: Checkout) -> None:
    """`portal lock` writes two files, and who reads them in between sees one of them."""
    (checkout.app / "config-schema.json").write_text('{"composition": "other", "schemas": []}')
    alone = portal("check", cwd=checkout.root)
    with held(checkout.lock_file, "portal lock"):
        beside = portal("check", cwd=checkout.root)
    assert beside.returncode == alone.returncode == 2
    assert "writes in this checkout" not in alone.stderr
    assert f"`portal lock` writes in this checkout meanwhile (process {os.getpid()}, since " in beside.stderr
    assert beside.stderr.endswith(alone.stderr)


def test_a_machine_gets_the_reason_as_an_object(checkout: Checkout) -> None:
    with held(checkout.lock_file, "portal up"):
        ended = portal("down", "--json", cwd=checkout.root)
    error = json.loads(ended.stdout)["error"]
    assert error["exitCode"] == 1
    assert error["message"].startswith("another `portal up` runs here")


def test_secrets_that_are_stored_at_once_are_all_stored(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of their own, and none of them was there before."""
    # They encrypt with as many rounds as Pulumi.
    monkeypatch.undo()
    names = ("SENTRY_TOKEN", "GRAFANA_TOKEN", "GITHUB_TOKEN")
    running = [
        subprocess.Popen(
            [PORTAL, "secrets", "set", name],
            cwd=checkout.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for name, process in zip(names, running, strict=True):
        assert process.stdin is not None
        process.stdin.write(f"value of {name}\r\n")
        process.stdin.close()
    for process in running:
        with process:
            assert process.stdout is not None
            assert process.stdout.read().startswith("Stored ")
        assert process.returncode == 0
    found = json.loads(opened_configuration(checkout, "local")[0]["portal:secrets"])
    assert {name: found[name] for name in names} == {name: f"value of {name}" for name in names}


def test_where_there_was_no_up_there_is_nothing_to_stop(checkout: Checkout) -> None:
    """The lock of the command itself is not something that an earlier one left."""
    ended = portal("down", "--delete-data", cwd=checkout.root)
    assert ended.stdout == "Nothing to stop: there was no `portal up` in this checkout.\n"
    assert not checkout.state.exists()
