"""actionlint and zizmor find nothing in workflows, nor zizmor in what updates dependencies. Both read files only."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from portal.command.verb_table import verb_names
from tests.hardening.checkers import actionlint
from tests.support.checkouts import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))

# What an attacker who opens pull requests waits for, and a key that no workflow has.
BAD = """\
name: bad
on: pull_request_target
jobs:
  bad:
    runs-on: ubuntu-24.04
    stepps: []
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: echo ${{ github.event.pull_request.title }}
"""


def lint(*workflows: Path) -> subprocess.CompletedProcess[str]:
    """Without the linters of scripts that some machines have and others do not."""
    command = [actionlint(), "-no-color", "-shellcheck=", "-pyflakes=", *workflows]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def audit(*workflows: Path) -> subprocess.CompletedProcess[str]:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [zizmor, "--offline", "--persona=auditor", "--no-progress", "--no-config", "--color=never", *workflows]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_well_formed(workflow: Path) -> None:
    ended = lint(workflow)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_give_nothing_away(workflow: Path) -> None:
    ended = audit(workflow)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_updates_wait_a_week_and_run_nothing() -> None:
    ended = audit(ROOT / ".github" / "dependabot.yml")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_an_action_has_one_pin_in_all_workflows() -> None:
    pins: dict[str, set[str]] = {}
    for workflow in WORKFLOWS:
        for action, pin in re.findall(r"uses: ([^@\s]+)@(.+)", workflow.read_text()):
            pins.setdefault(action, set()).add(pin.strip())
    assert "actions/checkout" in pins
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


def test_both_refuse_a_bad_workflow(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(BAD)
    assert "stepps" in lint(bad).stdout
    found = audit(bad).stdout
    for rule in ("dangerous-triggers", "template-injection", "unpinned-uses"):
        assert rule in found


def test_gitlab_runs_the_commands_that_github_runs() -> None:
    """One template with the same commands. Nothing here can run it."""
    reader: Any = YAML(typ="safe", pure=True)
    jobs = reader.load((ROOT / ".gitlab" / "portal.gitlab-ci.yml").read_text())
    scripts = "\n".join(line for job in jobs.values() for line in job.get("script", ()))
    verbs = set(re.findall(r"\.venv/bin/portal (\w+)", scripts))
    workflows = "\n".join(path.read_text() for path in WORKFLOWS)
    # GitLab gives a job its token as a variable, which programs of AWS take themselves.
    assert verbs == set(re.findall(r"\.venv/bin/portal (\w+)", workflows)) - {"aws"}
    assert verbs <= set(verb_names())
    # A merge request's own code runs where no environment gives it a secret.
    untrusted = [job for job in jobs.values() if "merge_request_event" in str(job.get("rules"))]
    assert untrusted
    assert not [job for job in untrusted if "environment" in job]
