"""A team's own commands run where the stack's file says, with what they are promised and with nothing else."""

from __future__ import annotations

import io
import json
import os
import stat

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.progress import PlainProgress
from portal.deploy import down, up
from portal.deploy.run_steps import names_of, run_steps
from portal.models.hooks import Hooks
from portal.plan import load_plan
from portal.stackfile.read import read_stack_file
from tests.command.in_process import portal
from tests.support.deployments import Do, deployment_of

VARIABLES = {"PORTAL_STACK", "PORTAL_URL", "PORTAL_RELEASE", "PORTAL_HOOK"}


def write_hooks(checkout: Checkout, hooks: dict[str, list[list[str]]], stack: str = "local") -> None:
    """Give a stack commands of its own."""
    file = checkout.stack_file(stack)
    file.write_text(f"{file.read_text().rstrip()}\n  portal:hooks: {json.dumps(hooks)}\n")


def write_team_stack(checkout: Checkout) -> None:
    """A stack of a team, in a cluster of theirs."""
    text = checkout.stack_file("local").read_text()
    checkout.stack_file("team").write_text(
        text.replace("target: local", "target: kubernetes\n  portal:cluster: {context: theirs}")
    )


def test_they_run_around_the_step_in_the_checkout_and_are_timed(checkout: Checkout) -> None:
    def say(word: str) -> list[str]:
        return ["sh", "-c", f"echo {word} $PORTAL_HOOK $PORTAL_STACK $PORTAL_URL $PORTAL_RELEASE >> said"]

    write_hooks(checkout, {"before-build": [say("one"), say("two")], "after-build": [say("three")]})
    said = checkout.root / "said"
    build = Do("build", lambda _: said.write_text(f"{said.read_text()}built\n"))
    times = run_steps((build, Do("other", lambda _: None)), deployment_of(checkout))
    assert said.read_text().splitlines() == [
        "one before-build local http://localhost:7007 workspace",
        "two before-build local http://localhost:7007 workspace",
        "built",
        "three after-build local http://localhost:7007 workspace",
    ]
    assert [took.name for took in times] == ["before-build", "build", "after-build", "other"]


def test_a_new_step_has_places_by_its_name() -> None:
    """Offered in a stack's file are those that ``Hooks`` names; the loop asks for the places of every step."""
    for place in Hooks.offered():
        assert Hooks.model_validate({place: [["true"]]}).commands(place) == (("true",),)
    assert Hooks().commands("before-a-step-of-tomorrow") == ()


def test_every_place_belongs_to_a_step() -> None:
    names = {name for steps in (up.LOCAL, up.TEAM, down.STOP, down.DELETE, down.TEAM) for name in names_of(steps)}
    assert {place.partition("-")[2] for place in Hooks.offered()} <= names


def test_their_environment_is_the_shells_and_four_variables(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_USER", "kept")
    write_hooks(checkout, {"before-deploy": [["sh", "-c", "env -0 > environment"]]})
    run_steps((Do("deploy", lambda _: None),), deployment_of(checkout))
    found = {entry.partition("=")[0] for entry in (checkout.root / "environment").read_text().split("\0") if entry}
    shells_own = {"PWD", "OLDPWD", "SHLVL", "_"}
    assert found - set(os.environ) - shells_own == VARIABLES
    assert "OF_THE_USER" in found


def test_what_they_print_is_shown(checkout: Checkout) -> None:
    write_hooks(checkout, {"after-deploy": [["sh", "-c", "echo to people; echo and errors >&2"]]})
    said = io.StringIO()
    run_steps((Do("deploy", lambda _: None),), deployment_of(checkout, progress=PlainProgress(said)))
    assert "  to people\n  and errors\n" in said.getvalue()
    assert "- after-deploy: sh -c" in said.getvalue()


def test_no_shell_reads_their_words(checkout: Checkout) -> None:
    script = checkout.root / "tell.sh"
    script.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > said\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    words = ["$HOME", "; touch owned", "two words", "*"]
    write_hooks(checkout, {"before-down": [["./tell.sh", *words]]})
    run_steps((Do("down", lambda _: None),), deployment_of(checkout))
    assert (checkout.root / "said").read_text().splitlines() == words
    assert not (checkout.root / "owned").exists()


def test_one_that_fails_ends_the_deployment_with_a_sentence(checkout: Checkout) -> None:
    failing = ["sh", "-c", "echo first; echo the gate is closed >&2; exit 3"]
    write_hooks(checkout, {"before-deploy": [failing, ["touch", "second"]]})
    deployed: list[object] = []
    with pytest.raises(PortalError) as caught:
        run_steps((Do("deploy", deployed.append),), deployment_of(checkout))
    assert str(caught.value).splitlines() == [
        "portal:hooks.before-deploy: sh failed with exit code 3:",
        "  first",
        "  the gate is closed",
    ]
    assert not isinstance(caught.value, InputError)
    assert deployed == []
    assert not (checkout.root / "second").exists()


def test_a_program_that_is_not_there_is_a_sentence(checkout: Checkout) -> None:
    write_hooks(checkout, {"before-deploy": [["./not-there.sh"]]})
    with pytest.raises(PortalError, match=r"hooks\.before-deploy: \./not-there\.sh cannot be started: No such file"):
        run_steps((Do("deploy", lambda _: None),), deployment_of(checkout))


def test_only_up_and_down_run_them(checkout: Checkout) -> None:
    write_hooks(checkout, {place: [["touch", "ran"]] for place in Hooks.offered()})
    for words in (["check"], ["config"], ["render"], ["graph"], ["status"]):
        assert portal(*words, cwd=checkout.root).returncode == 0, words
    assert not (checkout.root / "ran").exists()


def test_a_place_that_a_team_stack_never_comes_to_is_refused(checkout: Checkout) -> None:
    write_team_stack(checkout)
    write_hooks(checkout, {"before-build": [["true"]], "after-deploy": [["true"]]}, "team")
    (error,) = up.check_hooks(load_plan(checkout, "team"), read_stack_file(checkout, "team"))
    assert "`portal:hooks.before-build` would never run" in error.sentence
    assert "Move its commands to one of before-deploy" in error.sentence
    assert "after-build" not in error.sentence
    write_hooks(checkout, {"before-build": [["true"]]})
    assert up.check_hooks(load_plan(checkout, "local"), read_stack_file(checkout, "local")) == []
    ended = portal("check", "--stack", "team", cwd=checkout.root)
    assert ended.returncode == 2
    assert error.sentence in ended.stderr


def test_an_encrypted_word_is_refused(checkout: Checkout) -> None:
    file = checkout.stack_file("local")
    file.write_text(f"{file.read_text()}  portal:hooks: {{before-deploy: [[./tell.sh, {{secure: v1:abc}}]]}}\n")
    (error,) = up.check_hooks(load_plan(checkout, "local"), read_stack_file(checkout, "local"))
    assert "hooks get no secret" in error.sentence
    ended = portal("up", cwd=checkout.root)
    assert ended.returncode == 2
    assert error.sentence in ended.stderr
    assert not checkout.state.exists()
