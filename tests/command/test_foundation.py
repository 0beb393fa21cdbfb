"""``portal foundation export`` writes what a foundation made into the file of a portal, and into no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.yaml_document import read_document
from tests.command.in_process import portal
from tests.support.aws_graphs import STACKS

NEW_VPC = "vpc-0fedcba9876543210"


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """What Pulumi prints of a foundation that was deployed: the place of staging, with another VPC."""
    place: Any = read_document(STACKS / "staging.yaml", "staging.yaml").data["config"]
    given = {**place["portal:aws"], "vpc": {"id": NEW_VPC, "cidr": "10.40.0.0/16"}}
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"aws": given, "repository": "x"}))
    return file


@pytest.fixture
def stacks(checkout: Checkout) -> Checkout:
    for file in STACKS.glob("*.yaml"):
        checkout.stack_file(file.stem).write_text(file.read_text())
    return checkout


def changed(file: Path, change: dict[str, Any]) -> None:
    content = json.loads(file.read_text())
    content["aws"].update(change)
    file.write_text(json.dumps({**content, "aws": {k: v for k, v in content["aws"].items() if v is not None}}))


def test_only_what_is_new_changes(stacks: Checkout, outputs: Path) -> None:
    before = stacks.stack_file("staging").read_text()
    done = portal("foundation", "export", "--stack", "staging", "--outputs", str(outputs), cwd=stacks.root)
    assert done.returncode == 0, done.stderr
    after = stacks.stack_file("staging").read_text()
    (old,) = [line for line in before.splitlines() if "vpc-" in line]
    new = old.replace(old[old.index("vpc-") :].partition(",")[0], NEW_VPC)
    assert after.splitlines() == [new if line == old else line for line in _unindented(before)]
    words = ("foundation", "export", "--stack", "staging", "--outputs", str(outputs), "--json")
    again = portal(*words, cwd=stacks.root)
    assert json.loads(again.stdout) == {"stack": "staging", "file": "stacks/Pulumi.staging.yaml", "changed": False}


def _unindented(text: str) -> list[str]:
    """The lines as the writer has them: it begins the items of lists under their key."""
    return [line.replace("        - {id", "      - {id") for line in text.splitlines()]


def test_a_cluster_of_others_and_a_chosen_key_stay(stacks: Checkout, outputs: Path) -> None:
    changed(outputs, {"cluster": None})
    assert (
        portal("foundation", "export", "--stack", "staging", "--outputs", str(outputs), cwd=stacks.root).returncode == 0
    )
    place: Any = read_document(stacks.stack_file("staging"), "").data["config"]
    assert place["portal:aws"]["cluster"]["name"] == "acme"
    assert place["portal:aws"]["vpc"]["id"] == NEW_VPC


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vpc": {"id": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "cidr": "10.40.0.0/16"}}, "portal:aws.vpc.id"),
        ({"subnets": None}, "portal:aws.subnets"),
        ({"surprise": 1}, "portal:aws.surprise: got an unknown key"),
    ],
)
def test_what_a_portal_does_not_take_changes_nothing(
    change: dict[str, Any], said: str, stacks: Checkout, outputs: Path
) -> None:
    """For example what Pulumi shows of a foundation that was never deployed wholly."""
    changed(outputs, change)
    before = stacks.stack_file("staging").read_text()
    done = portal("foundation", "export", "--stack", "staging", "--outputs", str(outputs), cwd=stacks.root)
    assert done.returncode == 2
    assert said in done.stderr
    assert stacks.stack_file("staging").read_text() == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"aws": []}', "\x00", "{" * 5000])
def test_a_file_that_is_no_output_of_a_foundation(text: str, stacks: Checkout, outputs: Path) -> None:
    outputs.write_text(text)
    done = portal("foundation", "export", "--stack", "staging", "--outputs", str(outputs), cwd=stacks.root)
    assert done.returncode == 2
    assert done.stderr.startswith(str(outputs))
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--stack", "local"], "the stack local has the target local"),
        (["--stack", "foundation"], "the stack foundation has the target aws-foundation"),
        (["--stack", "prod", "--from", "dev"], "the stack dev is no foundation. name one of these: foundation"),
        (["--stack", "nothing"], 'there is no stack "nothing"'),
    ],
)
def test_another_stack_is_refused(words: list[str], said: str, stacks: Checkout) -> None:
    done = portal("foundation", "export", *words, cwd=stacks.root)
    assert done.returncode == 2
    assert said in done.stderr.lower()


def test_a_checkout_without_a_foundation_says_so(stacks: Checkout) -> None:
    stacks.stack_file("foundation").unlink()
    assert "There is no foundation." in portal("foundation", "export", "--stack", "prod", cwd=stacks.root).stderr


@pytest.mark.parametrize("verb", ["status", "config", "up", "down", "secrets list", "logs", "render"])
def test_a_verb_for_portals_says_that_it_is_none(verb: str, stacks: Checkout) -> None:
    done = portal(*verb.split(), "--stack", "foundation", cwd=stacks.root)
    if verb != "render":
        assert done.returncode == 2
        assert "The stack has no portal: its target aws-foundation is what portals share." in done.stderr


def test_it_is_checked_and_drawn_like_any_other(stacks: Checkout) -> None:
    assert (
        "the cluster acme, 3 deployers. No findings."
        in portal("check", "--stack", "foundation", cwd=stacks.root).stdout
    )
    assert json.loads(portal("check", "--stack", "foundation", "--json", cwd=stacks.root).stdout)["findings"] == []
    assert "EksCluster" in portal("graph", "--stack", "foundation", cwd=stacks.root).stdout
    listed = portal("environments", "--owner", "platform", "--json", cwd=stacks.root).stdout
    assert "foundation" not in {one["stack"] for one in json.loads(listed)["environments"]}
