"""`portal graph`: a drawing unless something else is asked for, and no empty plan that would please every checker."""

from __future__ import annotations

import json

import pytest

from portal.base.checkout import Checkout
from portal.command.context import Context
from portal.command.verbs import graph as module
from portal.graph.model import Graph
from tests.command.in_process import portal
from tests.support.aws_sample import recorded_sample


def test_a_graph_is_drawn(checkout: Checkout) -> None:
    words = ("graph", "--stack", "e2e")
    ended = portal(*words, cwd=checkout.root)
    assert ended.stdout.startswith("%% e2e\nflowchart LR\n"), ended.stderr
    assert portal(*words, "--as", "mermaid", cwd=checkout.root).stdout == ended.stdout


def test_a_stack_without_resources_of_aws_has_no_plan(checkout: Checkout) -> None:
    ended = portal("graph", "--stack", "e2e", "--as", "terraform-plan", cwd=checkout.root)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Stack e2e has no AWS resources" in ended.stderr


def test_a_stack_on_aws_has_one(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def sample(_context: Context, _stack: str) -> Graph:
        return recorded_sample()

    monkeypatch.setattr(module, "recorded", sample)
    ended = portal("graph", "--stack", "e2e", "--as", "terraform-plan", cwd=checkout.root)
    assert '"address": "aws_s3_bucket.docs"' in ended.stdout


def test_another_form_is_refused(checkout: Checkout) -> None:
    ended = portal("graph", "--as", "picture", cwd=checkout.root)
    assert ended.returncode == 2
    assert "picture" in ended.stderr


def test_the_longest_chain_is_printed_with_sources(checkout: Checkout) -> None:
    words = ("graph", "--stack", "e2e", "--critical-path")
    ended = portal(*words, cwd=checkout.root)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("The longest chain of creation in e2e takes ")
    lines = ended.stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("step")] == [
        ["step", "resource", "type", "takes", "begins", "after", "source"]
    ]
    assert any("backstage-server" in line and "kubernetes:apps/v1:Deployment" in line for line in lines)
    assert any(line.startswith("[1] ") for line in lines)
    assert portal(*words, cwd=checkout.root).stdout == ended.stdout


def test_the_longest_chain_as_data(checkout: Checkout) -> None:
    words = ("graph", "--stack", "e2e", "--critical-path", "--json")
    ended = portal(*words, cwd=checkout.root)
    found = json.loads(ended.stdout)
    chain = found["longest"]
    assert found["stack"] == "e2e"
    assert chain["seconds"] == sum(step["seconds"] for step in chain["steps"])
    assert [step for step in chain["steps"] if not step["source"]] == []
    assert portal(*words, cwd=checkout.root).stdout == ended.stdout


@pytest.mark.parametrize("words", [("--critical-path", "--as", "mermaid"), ("--json",)])
def test_a_graph_answers_one_question(checkout: Checkout, words: tuple[str, ...]) -> None:
    ended = portal("graph", "--stack", "e2e", *words, cwd=checkout.root)
    assert ended.returncode == 2
    assert "--critical-path" in ended.stderr
    assert "Traceback" not in ended.stderr
