"""What kube-score and checkov find in folders of manifests. Annotations that silence them count as findings too."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.node.tools import KUBERNETES
from tests.hardening.checkers import checkov_python, kube_score

# kube-score's own scale (https://github.com/zegl/kube-score/blob/v1.20.0/scorecard/scorecard.go): 5 is a warning.
CRITICAL = 1

# Off by default, and right for every pod of ours. Those that want requests to be limits are not: a portal starts on two
# cores and idles on a tenth of one.
OPTIONAL = ("container-seccomp-profile", "container-ports-check")

# Its command accepts several folders too, and then reports the first one again for each of the others (3.3.30).
CHECKOV = """
import json, sys
from checkov.kubernetes.runner import Runner
from checkov.runner_filter import RunnerFilter

reports = []
for folder in sys.argv[1:]:
    report = Runner().run(root_folder=folder, runner_filter=RunnerFilter(framework=["kubernetes"]))
    found = [(c.check_id, c.resource, c.check_name) for c in report.failed_checks + report.skipped_checks]
    reports.append({**report.get_summary(), "found": found})
json.dump(reports, sys.stdout)
"""


@dataclass(frozen=True, order=True)
class Finding:
    """One rule that one object of a stack violates."""

    stack: str
    checker: str
    rule: str
    subject: str
    said: str


def find(folders: Mapping[str, Path]) -> list[Finding]:
    """The findings of both checkers in the folder of each stack."""
    scored = [finding for stack, folder in folders.items() for finding in _kube_score(stack, folder)]
    return sorted([*scored, *_checkov(folders)])


def _kube_score(stack: str, folder: Path) -> Iterator[Finding]:
    """Every stack by itself: objects of another one would answer for what is missing in this one."""
    options = ["--disable-ignore-checks-annotations", "--disable-optional-checks-annotations", "--output-format=json"]
    chosen = [f"--enable-optional-test={test}" for test in OPTIONAL]
    version = KUBERNETES.rpartition(".")[0]
    command = [kube_score(), "score", f"--kubernetes-version={version}", *options, *chosen, *sorted(folder.iterdir())]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    # 1: something is critical.
    assert ended.returncode in {0, 1}, ended.stderr
    for scored in json.loads(ended.stdout):
        for check in scored["checks"]:
            if check["grade"] == CRITICAL and not check["skipped"]:
                said = "; ".join(f"{c['path']}: {c['summary']}" for c in check["comments"] or ())
                yield Finding(stack, "kube-score", check["check"]["id"], scored["object_name"], said)


def _checkov(folders: Mapping[str, Path]) -> Iterator[Finding]:
    """One process for all, as its start is what takes time."""
    reports = run_script(CHECKOV, *folders.values(), home=next(iter(folders.values())).parent / "home")
    for stack, report in zip(folders, json.loads(reports), strict=True):
        assert report["resource_count"] > 0
        assert report["parsing_errors"] == 0
        for rule, subject, said in report["found"]:
            yield Finding(stack, "checkov", rule, subject, said)


def run_script(script: str, *words: Path, home: Path, given: str = "") -> str:
    """What a script prints. The Python that runs it has checkov and parliament."""
    home.mkdir(exist_ok=True)
    ended = subprocess.run(
        [checkov_python(), "-c", script, *words],
        # No configuration of the user's, and nothing written into their home.
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LOG_LEVEL": "ERROR"},
        cwd=home,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
