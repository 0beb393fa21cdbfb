"""What has ended is removed, and nothing else: the later of two ends wins, and what is not ours stays.

Cluster, Pulumi CLI and kubectl are the tests' own; they write down what is asked of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.command.context import Context
from portal.command.verbs.expire import run
from portal.deploy import expire
from portal.deploy.stack_record import StackRecord, write_stack_record
from tests.command.in_process import portal
from tests.support.aws_graphs import STACKS
from tests.support.deployments import WrittenDown
from tests.support.fake_api import CONTEXT, Answer, Asked, FakeApi, fake_api, found, listed, recorded, write_kubeconfig

BEFORE, NOW, AFTER = "2026-11-28T12:00:00Z", datetime(2026, 11, 28, 12, tzinfo=UTC), "2026-11-28T13:00:00Z"
NAMESPACES = "/api/v1/namespaces"
NAMESPACE = f"{NAMESPACES}/portal-pr-1"
# Knows the stacks in $STACKS, and fails at the verb in $BROKEN.
CLI = """\
#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
  *--show-name*) case "$*" in
    *--stack=pr-[0-9]*) [ -z "$ABSENT" ] || { echo "error: no stack named 'pr-1' found" >&2; exit 255; } ;;
  esac ;;
  "$BROKEN"*--stack=pr-1) exit 1 ;;
esac
"""
KUBECTL = '#!/bin/sh\necho "kubectl $*" >> "$CALLS"\n'


class Machine:
    """A checkout with a team stack in a cluster, and one or more stacks that were made like it."""

    def __init__(self, checkout: Checkout, api: FakeApi, folder: Path) -> None:
        self.checkout, self.api, self.calls_file = checkout, api, folder / "calls"
        kubeconfig = write_kubeconfig(folder, api.url, {})
        local = checkout.stack_file("local").read_text().replace("target: local", "target: kubernetes")
        self.dev = f"{local}  portal:cluster: {{context: {CONTEXT}, kubeconfig: {kubeconfig}}}\n"
        checkout.stack_file("dev").write_text(self.dev)
        self.make("pr-1")

    def make(self, stack: str, end: str = BEFORE, more: str = "") -> None:
        own = f"  portal:like: dev\n  portal:expires: '{end}'\n  portal:database: {{keep: false}}\n"
        self.checkout.stack_file(stack).write_text(f"{self.dev}{own}  portal:namespace: portal-{stack}\n{more}")

    @property
    def calls(self) -> list[str]:
        """What was changed: a look changes nothing."""
        lines = self.calls_file.read_text().splitlines() if self.calls_file.is_file() else []
        return [line for line in lines if "--show-name" not in line]

    @property
    def stacks(self) -> set[str]:
        return set(self.checkout.stack_names()) - {"e2e", "kubernetes", "local"}


def namespace(stack: str = "pr-1", end: str | None = BEFORE, **labels: str) -> dict[str, Any]:
    own = {"app.kubernetes.io/managed-by": "portal", "app.kubernetes.io/instance": stack, "portal/like": "dev"}
    annotations = {"portal/expires": end} if end is not None else {}
    return {"metadata": {"name": f"portal-{stack}", "labels": {**own, **labels}, "annotations": annotations}}


def namespaces(machine: Machine, *there: dict[str, Any]) -> None:
    """Let the cluster have these namespaces, and find them by their labels."""

    def answer(asked: Asked) -> Answer:
        wanted = dict(one.split("=") for one in asked.query["labelSelector"].split(","))
        matching = [one for one in there if wanted.items() <= one["metadata"]["labels"].items()]
        return listed("PartialObjectMetadata", matching)

    machine.api.says("GET", NAMESPACES, answer)
    for one in there:
        machine.api.says("GET", f"{NAMESPACES}/{one['metadata']['name']}", found(one))


@pytest.fixture
def machine(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Machine]:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("pulumi", CLI), ("kubectl", KUBECTL)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    for name, value in (("CALLS", str(tmp_path / "calls")), ("BROKEN", "nothing"), ("ABSENT", "")):
        monkeypatch.setenv(name, value)
    with fake_api() as api:
        made = Machine(checkout, api, tmp_path)
        api.says("GET", NAMESPACE, found(namespace()))
        api.says("GET", NAMESPACES, listed("PartialObjectMetadata", [namespace()]))
        yield made


def expired(machine: Machine, *stacks: str, like: str | None = None, dry_run: bool = False) -> int:
    """Run it at the clock of the tests. Its exit code."""
    try:
        run(Context(machine.checkout.root), list(stacks) or None, like, dry_run=dry_run, as_json=False, now=NOW)
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def test_a_stack_that_has_ended_goes_with_its_state_and_its_file(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expired(machine) == 0
    assert [call.split(" --non")[0] for call in machine.calls] == [
        "destroy --exclude-protected --yes",
        "stack rm --yes --preserve-config --stack=pr-1",
    ]
    assert machine.stacks == {"dev"}
    assert f"pr-1 was removed: it ended at {BEFORE}." in capsys.readouterr().out


def test_one_second_too_early_is_too_early(machine: Machine) -> None:
    machine.make("pr-1", "2026-11-28T12:00:01Z")
    assert expired(machine) == 0
    assert machine.calls == []
    assert machine.api.asked == [], "nobody has to be asked"
    assert machine.stacks == {"dev", "pr-1"}


def test_an_end_that_somebody_else_moved_wins(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.api.says("GET", NAMESPACE, found(namespace(end=AFTER)))
    assert expired(machine) == 0
    assert machine.calls == []
    assert machine.stacks == {"dev", "pr-1"}
    assert f"pr-1 stays: it ends at {AFTER}, as its namespace says." in capsys.readouterr().out


def test_a_later_end_of_the_file_wins_over_an_earlier_one_of_the_namespace(machine: Machine) -> None:
    machine.make("pr-1", AFTER)
    assert expired(machine) == 0
    assert machine.stacks == {"dev", "pr-1"}


def test_a_dry_run_removes_nothing(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert expired(machine, dry_run=True) == 0
    assert machine.calls == []
    assert machine.stacks == {"dev", "pr-1"}
    assert "pr-1 has ended, and would be removed" in capsys.readouterr().out


@pytest.mark.parametrize("by_name", [True, False])
def test_a_stack_without_an_end_is_never_touched(machine: Machine, *, by_name: bool) -> None:
    machine.checkout.stack_file("pr-1").unlink()
    if by_name:
        ended = portal("expire", "--stack", "dev", cwd=machine.checkout.root)
        assert ended.returncode == 2
        assert "dev has no end" in ended.stderr
    else:
        assert expired(machine) == 0
    assert machine.calls == []
    assert machine.stacks == {"dev"}


@pytest.mark.parametrize(
    ("namespace_there", "said"),
    [
        (namespace("another"), "its namespace portal-pr-1 belongs to the stack another"),
        ({"metadata": {"name": "portal-pr-1"}}, "its namespace portal-pr-1 was not made by a stack"),
        (namespace(end="soon"), 'is "soon", which is no time'),
    ],
)
def test_what_is_not_its_own_stays(
    machine: Machine, namespace_there: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.api.says("GET", NAMESPACE, found(namespace_there))
    assert expired(machine) == 1
    assert said in capsys.readouterr().err.replace("\n", " ")
    assert machine.calls == []
    assert machine.stacks == {"dev", "pr-1"}


def test_a_cluster_that_does_not_say_leaves_the_stack(machine: Machine) -> None:
    machine.api.says("GET", NAMESPACE, recorded("forbidden-list"))
    assert expired(machine) == 1
    assert machine.calls == []
    assert machine.stacks == {"dev", "pr-1"}


def test_one_line_in_a_file_is_not_enough(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither for a stack that was not made to be removed, nor for data that is kept."""
    machine.checkout.stack_file("pr-1").unlink()
    machine.checkout.stack_file("dev").write_text(f"{machine.dev}  portal:expires: '{BEFORE}'\n")
    machine.checkout.stack_file("kept").write_text(f"{machine.dev}  portal:like: dev\n  portal:expires: '{BEFORE}'\n")
    assert expired(machine) == 1
    said = capsys.readouterr().err.replace("\n", " ")
    assert "this stack was not made with --like" in said
    assert "a database whose data is kept" in said
    assert machine.calls == []
    assert machine.stacks == {"dev", "kept"}


def test_one_that_cannot_be_removed_does_not_keep_the_others(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.make("pr-2")
    monkeypatch.setenv("BROKEN", "destroy")
    answer = portal("expire", "--json", cwd=machine.checkout.root)
    # In the test's process, what people read is before the answer.
    stacks = json.loads(answer.stdout[answer.stdout.index("{") :])["stacks"]
    assert answer.returncode == 1
    assert [(one["stack"], one["ended"], one["removed"]) for one in stacks] == [
        ("pr-1", True, False),
        ("pr-2", True, True),
    ]
    assert "pulumi destroy failed" in stacks[0]["error"]
    assert machine.stacks == {"dev", "pr-1"}
    assert not [call for call in machine.calls if call.startswith("stack rm") and "pr-1" in call]


def test_only_those_that_are_named(machine: Machine) -> None:
    machine.make("pr-2")
    assert expired(machine, "pr-2", "pr-2") == 0
    assert machine.stacks == {"dev", "pr-1"}


def test_a_stack_that_was_never_deployed_is_only_a_file(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABSENT", "yes")
    machine.api.says("GET", NAMESPACE, recorded("not-found"))
    assert expired(machine) == 0
    assert machine.calls == []
    assert machine.stacks == {"dev"}


def test_a_local_stack_goes_with_its_data(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, asked = machine.checkout, list[tuple[str, bool]]()

    def down(deployment: Any, *, delete_data: bool) -> None:
        asked.append((deployment.plan.stack, delete_data))

    def cluster(*_: object, **__: object) -> WrittenDown:
        return Stopped(checkout)

    monkeypatch.setattr(expire, "down", down)
    monkeypatch.setattr(expire, "choose_cluster", cluster)
    own = f"  portal:like: local\n  portal:expires: '{BEFORE}'\n  portal:database: {{keep: false}}\n"
    for stack in ("pr-1", "pr-2"):
        checkout.stack_file(stack).write_text(checkout.stack_file("local").read_text() + own)
    write_stack_record(checkout, "pr-1", StackRecord("kubectl", "node"))
    assert expired(machine) == 0
    assert asked == [("pr-1", True)], "the other one was never up"
    assert machine.stacks == {"dev"}


class Stopped(WrittenDown):
    """A cluster that does not run: nobody can have moved an end there."""

    def running(self) -> bool:
        return False


def test_a_schedule_removes_what_other_machines_made(machine: Machine) -> None:
    """By its labels, in the cluster of the stack that it was made like."""
    machine.checkout.stack_file("pr-1").unlink()
    namespaces(machine, namespace(), namespace("pr-2", AFTER), namespace("pr-3", None))
    assert expired(machine) == 0
    assert machine.calls == [], "not without --like"
    assert expired(machine, like="dev") == 0
    asked, _ = machine.api.asked_for("GET", NAMESPACES)
    assert asked.query["labelSelector"] == "app.kubernetes.io/managed-by=portal,portal/like=dev"
    deleted = [call for call in machine.calls if call.startswith("kubectl")]
    assert any("delete namespaces,clusterroles,clusterrolebindings --namespace=portal-pr-1" in call for call in deleted)
    assert all("app.kubernetes.io/instance=pr-1" in call for call in deleted)
    assert machine.calls[0] == "stack rm --yes --force --preserve-config --stack=pr-1", "it takes the state's lock"


def test_a_stack_on_aws_has_more_than_its_cluster_knows(machine: Machine) -> None:
    """Its state would be forgotten, and its database would stay."""
    machine.checkout.stack_file("dev").write_text((STACKS / "dev.yaml").read_text())
    with pytest.raises(SituationError, match="more than what is in its cluster"):
        expired(machine, like="dev")
    assert machine.calls == []


def test_another_namespace_with_a_stack_of_the_same_name_stays(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is removed is found by labels, and another repository may have chosen the same name."""
    machine.checkout.stack_file("pr-1").unlink()
    other = namespace(end=None)
    other["metadata"] |= {"name": "theirs", "labels": {**other["metadata"]["labels"], "portal/like": "prod"}}
    namespaces(machine, namespace(), other)
    assert expired(machine, like="dev") == 1
    assert machine.calls == []
    assert "theirs has a stack of the same name" in capsys.readouterr().err


def test_a_stack_whose_end_moved_after_the_list_was_made_stays(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.checkout.stack_file("pr-1").unlink()
    namespaces(machine, namespace())
    machine.api.says("GET", NAMESPACE, found(namespace(end=AFTER)))
    assert expired(machine, like="dev") == 1
    assert machine.calls == []
    assert "was deployed again meanwhile" in " ".join(capsys.readouterr().err.split())


def test_a_shell_with_another_backend_removes_no_file(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ABSENT", "yes")
    assert expired(machine) == 1
    assert machine.checkout.stack_file("pr-1").is_file()
    assert "The Pulumi backend has no stack pr-1, but its namespace portal-pr-1 is there" in " ".join(
        capsys.readouterr().err.split()
    )


@pytest.mark.parametrize("end", [None, AFTER])
def test_a_stack_that_has_a_file_here_is_judged_by_it(machine: Machine, end: str | None) -> None:
    """A label on a namespace of prod must not be enough to remove it."""
    if end is None:
        machine.checkout.stack_file("pr-1").write_text(machine.dev)
    else:
        machine.make("pr-1", end)
    assert expired(machine, like="dev") == 0
    assert machine.calls == []


def test_one_annotation_that_cannot_be_read_does_not_keep_the_others(machine: Machine) -> None:
    machine.checkout.stack_file("pr-1").unlink()
    namespaces(machine, namespace(end="soon"), namespace("pr-2"))
    assert expired(machine, like="dev") == 1
    assert machine.calls[0].endswith("--stack=pr-2")
    assert not any("pr-1" in call for call in machine.calls)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--like", "local"], "the stack local is a local one"),
        (["--like", "nobody"], "there is no stack"),
        (["--like", "dev", "--stack", "pr-1"], "--like: got --stack as well"),
        (["--stack", "../pr-1"], "expected a stack's name"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_removed(
    machine: Machine, words: list[str], said: str
) -> None:
    ended = portal("expire", *words, cwd=machine.checkout.root)
    assert ended.returncode == 2, ended.stdout
    assert said.lower() in ended.stderr.lower()
    assert machine.calls == []
    assert machine.stacks == {"dev", "pr-1"}


def test_without_any_end_it_says_so(checkout: Checkout) -> None:
    ended = portal("expire", cwd=checkout.root)
    assert (ended.returncode, ended.stdout) == (0, "No stack has an end.\n")
