"""kube-score finds nothing critical and checkov nothing at all in any stack's manifests, but for what is waived."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from portal.graph.manifests import write_manifests
from tests.hardening.findings import Finding, find
from tests.support.checkouts import STACKS, copy_checkout, give_secrets
from tests.support.graphs import graph_of

HERE = Path(__file__).parent
BROKEN = "broken"
MOST_WAIVERS = 5

# One worker of xdist runs all of these: checkov takes seconds to start.
pytestmark = pytest.mark.xdist_group("hardening")


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Finding]:
    """Of all stacks, and of a manifest that is bad on purpose."""
    checkout = copy_checkout(tmp_path_factory.mktemp("hardening") / "checkout")
    manifests = tmp_path_factory.mktemp("manifests")
    folders = {stack: manifests / stack for stack in (*STACKS, BROKEN)}
    for stack in STACKS:
        give_secrets(checkout, stack)
        write_manifests(graph_of(checkout, stack), folders[stack])
    folders[BROKEN].mkdir()
    shutil.copyfile(HERE / "broken.yaml", folders[BROKEN] / "broken.yaml")
    return find(folders)


@pytest.fixture(scope="module")
def waived() -> set[tuple[str, str]]:
    given = tomllib.loads((HERE / "waivers.toml").read_text())
    return {(checker, rule) for checker, rules in given.items() for rule in rules}


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_found_that_is_not_waived(
    stack: str, findings: Sequence[Finding], waived: set[tuple[str, str]]
) -> None:
    found = [finding for finding in findings if finding.stack == stack]
    assert [finding for finding in found if (finding.checker, finding.rule) not in waived] == []


def test_few_rules_are_waived_each_on_a_line_with_its_reason(waived: set[tuple[str, str]]) -> None:
    assert len(waived) <= MOST_WAIVERS
    lines = [line for line in (HERE / "waivers.toml").read_text().splitlines() if " = " in line]
    assert len(lines) == len(waived)
    for line in lines:
        rule, _, reason = line.partition(" = ")
        assert len(reason.split()) > 5, f"{rule}: why?"


def test_every_waiver_is_needed(findings: Sequence[Finding], waived: set[tuple[str, str]]) -> None:
    needed = {(finding.checker, finding.rule) for finding in findings if finding.stack in STACKS}
    assert waived <= needed


def test_both_checkers_refuse_what_is_bad_whatever_its_annotations_say(findings: Sequence[Finding]) -> None:
    found = {(finding.checker, finding.rule) for finding in findings if finding.stack == BROKEN}
    privileged = {("kube-score", "container-security-context-privileged"), ("checkov", "CKV_K8S_16")}
    assert privileged <= found
