"""checkov and parliament find nothing in graphs of AWS but what is waived, and notice what is spoiled."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from portal.graph.model import Graph
from portal.graph.terraform_names import terraform_type
from tests.graph.aws_inputs import TYPES
from tests.hardening.aws_findings import Judged, judge, parliament
from tests.hardening.aws_spoils import SPOILS, Spoil, spoiled_twin
from tests.hardening.findings import Finding
from tests.hardening.iam_documents import Document, iam_documents
from tests.support.aws_graphs import NAMES, aws_graphs
from tests.support.aws_sample import recorded_sample

WAIVERS = Path(__file__).parent / "aws_waivers.toml"
STACKS = sorted(NAMES)
PREVIEWED = ("foundation", "prod", "sample")
LEAST_NOTICED = 25

# One worker of xdist runs all of these: checkov takes seconds to start.
pytestmark = pytest.mark.xdist_group("hardening-aws")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """All graphs, and all spoiled ones."""
    good = recorded_sample(preview=False)
    graphs: dict[str, Graph] = {"good": good, **{str(spoil): spoil.apply(good) for spoil in SPOILS}}
    graphs |= aws_graphs(preview=False)
    graphs["prod, spoiled"] = spoiled_twin(graphs["prod"], SPOILS)
    # The other two differ from prod in what their files say, which is the same in a preview.
    previews = {f"{stack}, in a preview": graph for stack, graph in aws_graphs(preview=True, names=PREVIEWED).items()}
    return judge({**graphs, **previews}, tmp_path_factory.mktemp("plans"))


@pytest.fixture(scope="module")
def documents() -> Sequence[Document]:
    return [one for stack, graph in aws_graphs(preview=False).items() for one in iam_documents(stack, graph)]


@pytest.fixture(scope="module")
def in_documents(documents: Sequence[Document], tmp_path_factory: pytest.TempPathFactory) -> Sequence[Finding]:
    return parliament(documents, tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="module")
def waived() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(WAIVERS.read_text())


def waivers_of(finding: Finding) -> set[str]:
    """What would waive a finding: its rule alone, with the resource, or with what is said, wherever that is."""
    return {finding.rule, f"{finding.rule} {finding.subject}", f"{finding.rule}: {finding.said}"}


@pytest.mark.parametrize("plan", [*STACKS, *(f"{stack}, in a preview" for stack in PREVIEWED)])
def test_checkov_finds_nothing_that_is_not_waived(
    plan: str, judged: Judged, waived: Mapping[str, Mapping[str, str]]
) -> None:
    found = judged.found[plan]
    assert [finding for finding in found if not waivers_of(finding) & waived["checkov"].keys()] == []


def test_checkov_knows_every_name_that_terraform_has_for_a_type(judged: Judged) -> None:
    """A name that it does not know is one that it has no check for."""
    assert {terraform_type(pulumi_type) for pulumi_type in TYPES} - judged.types == set()


@pytest.mark.parametrize("spoil", SPOILS, ids=str)
def test_checkov_notices_what_is_spoiled(spoil: Spoil, judged: Judged) -> None:
    checks = set(spoil.checks.split())
    assert checks <= judged.passed["good"] - judged.failed("good")
    assert checks <= judged.failed(str(spoil))


def test_a_spoiled_twin_fails_many_checks(judged: Judged) -> None:
    assert len(judged.failed("prod, spoiled") - judged.failed("prod")) >= LEAST_NOTICED


def test_parliament_finds_nothing_that_is_not_waived(
    in_documents: Sequence[Finding], waived: Mapping[str, Mapping[str, str]]
) -> None:
    assert [one for one in in_documents if not waivers_of(one) & waived["parliament"].keys()] == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_kind_of_document_is_read(stack: str, documents: Sequence[Document]) -> None:
    subjects = {document.subject.split(" ", 1)[0] for document in documents if document.stack == stack}
    assert {"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"} <= subjects


WRONG = [
    ("RolePolicy portal: policy", "s3:GetObject", "s3:GetObjekt", "UNKNOWN_ACTION"),
    ("RolePolicy portal: policy", "rds-db:connect", "rds-bd:connect", "UNKNOWN_PREFIX"),
    ("RolePolicy portal: policy", "s3:ListBucket", "s3:DeleteObject", "RESOURCE_MISMATCH"),
    ("RolePolicy portal: policy", "Effect", "Effects", "MALFORMED"),
    ("BucketPolicy docs-policy: policy", "s3:*", "s3:GetObjekt", "UNKNOWN_ACTION"),
    ("BucketPolicy docs-policy: policy", "aws:SecureTransport", "s3:SecureTransport", "UNKNOWN_CONDITION_FOR_ACTION"),
    ("Role portal: assumeRolePolicy", "sts:AssumeRole", "sts:AssumeRol", "UNKNOWN_ACTION"),
    ("Key key: policy", "kms:*", "kms:Dekrypt", "UNKNOWN_ACTION"),
]


def test_parliament_notices_a_wrong_word(tmp_path: Path) -> None:
    good = {one.subject.split(":", 2)[2]: one for one in iam_documents("sample", recorded_sample(preview=False))}
    bad: list[Document] = []
    for index, (where, right, wrong, _) in enumerate(WRONG):
        text = good[where].text
        assert f'"{right}"' in text
        bad.append(replace(good[where], stack=str(index), text=text.replace(f'"{right}"', f'"{wrong}"')))
    found = {(finding.stack, finding.rule) for finding in parliament(bad, tmp_path)}
    assert {(str(index), rule) for index, (*_, rule) in enumerate(WRONG)} <= found


def test_each_waiver_has_its_reason_on_its_line(waived: Mapping[str, Mapping[str, str]]) -> None:
    lines = [line for line in WAIVERS.read_text().splitlines() if " = " in line and not line.startswith("#")]
    assert len(lines) == sum(map(len, waived.values()))
    assert [rule for rules in waived.values() for rule, reason in rules.items() if len(reason.split()) < 6] == []


def test_every_waiver_is_needed(
    judged: Judged, in_documents: Sequence[Finding], waived: Mapping[str, Mapping[str, str]]
) -> None:
    found = [*in_documents, *(finding for stack in STACKS for finding in judged.found[stack])]
    needed = {(finding.checker, waiver) for finding in found for waiver in waivers_of(finding)}
    assert {(checker, waiver) for checker, waivers in waived.items() for waiver in waivers} <= needed
