"""What checkov finds in Terraform plans of graphs, and parliament in IAM documents. A process each, for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.graph.model import Graph
from portal.graph.terraform_plan import terraform_plan
from tests.hardening.findings import Finding, run_script
from tests.hardening.iam_documents import Document

# A plan makes little garbage; looking for it took a quarter of the time.
CHECKOV = """
import gc, json, sys
gc.disable()
from checkov.common.checks_infra.resources_types import resources_types
from checkov.runner_filter import RunnerFilter
from checkov.terraform.plan_runner import Runner

reports = []
for file in sys.argv[1:]:
    report = Runner().run(files=[file], runner_filter=RunnerFilter(framework=["terraform_plan"]))
    found = [(c.check_id, c.resource, c.check_name) for c in report.failed_checks + report.skipped_checks]
    reports.append({**report.get_summary(), "found": found, "passing": [c.check_id for c in report.passed_checks]})
json.dump({"reports": reports, "types": resources_types["aws"]}, sys.stdout)
"""

PARLIAMENT = """
import json, sys
import parliament

judged = [parliament.analyze_policy_string(text).findings for text in json.load(sys.stdin)]
json.dump([[(finding.issue, str(finding.detail)) for finding in findings] for findings in judged], sys.stdout)
"""

# Documents that stand with a resource do not have to name it.
NOT_OF_A_RESOURCE = {"RESOURCE_STAR"}


@dataclass(frozen=True)
class Judged:
    """What checkov said of plans by name, and the names of resource types that it knows."""

    found: Mapping[str, Sequence[Finding]]
    passed: Mapping[str, set[str]]
    types: set[str]

    def failed(self, name: str) -> set[str]:
        """The checks that a plan fails."""
        return {finding.rule for finding in self.found[name]}


def judge(graphs: Mapping[str, Graph], folder: Path) -> Judged:
    """Let checkov judge the plan of each graph."""
    files: list[Path] = []
    plans = {name: terraform_plan(graph) for name, graph in graphs.items()}
    for index, plan in enumerate(plans.values()):
        files.append(folder / f"{index}.json")
        files[-1].write_text(json.dumps(plan))
    said: dict[str, Any] = json.loads(run_script(CHECKOV, *files, home=folder / "home"))
    reports = dict(zip(plans, said["reports"], strict=True))
    for name, report in reports.items():
        assert report["resource_count"] == len(plans[name]["resource_changes"]) > 0, name
        assert report["parsing_errors"] == 0
    found = {
        name: sorted(Finding(name, "checkov", *one) for one in report["found"]) for name, report in reports.items()
    }
    return Judged(found, {name: set(report["passing"]) for name, report in reports.items()}, set(said["types"]))


def parliament(documents: Sequence[Document], folder: Path) -> list[Finding]:
    """What parliament finds in documents."""
    said = run_script(PARLIAMENT, home=folder / "home", given=json.dumps([one.text for one in documents]))
    return sorted(
        Finding(document.stack, "parliament", rule, document.subject, detail)
        for document, findings in zip(documents, json.loads(said), strict=True)
        for rule, detail in findings
        if document.of_an_identity or rule not in NOT_OF_A_RESOURCE
    )
