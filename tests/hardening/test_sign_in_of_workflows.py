"""A job that deploys a stack on AWS signs in without a stored key, and no job has a key that stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from portal.aws.web_identity import SESSION_SECONDS
from portal.command.role_of_job import ROLES
from tests.support.checkouts import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
SIGN_IN = re.compile(r"\.venv/bin/portal aws sign-in --stack \"\$STACK\" --as ([a-z-]+)")
# Commands that ask an account, a cluster in one, or a state in one.
USES_AWS = re.compile(r"portal (up|down|status|promote|rollback|restore|expire|secrets)\b|\bpulumi (?!login\b)\w+")
# What each may be done as: the least that it needs. Whoever builds has a role that pushes, and no other.
LEAST = {"deploy.yml": "deploy", "drift.yml": "read-only", "drill.yml": "deploy", "promote.yml": "deploy"}
# The code of a pull request runs there, or its stacks are such: nothing of AWS is let in.
WITHOUT = {"portal-pull-request.yml"}
# What else needs to say who the job is: signing without a key.
OTHER_USES = ("actions/attest@",)
KEYS = re.compile(
    r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|aws-(access-key-id|secret-access-key)|\bAKIA[A-Z0-9]{16}\b"
)
BY_PULL_REQUESTS = {"pull_request", "pull_request_target", "merge_group", "issue_comment"}


def read(path: Path) -> dict[str, Any]:
    reader: Any = YAML(typ="safe", pure=True)
    found = reader.load(path.read_text())
    # YAML 1.1 would read it as true.
    assert "on" in found
    return found


def jobs() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield path.name, name, job


JOBS = list(jobs())
EACH = pytest.mark.parametrize(("workflow", "name", "job"), JOBS, ids=[f"{one[0]}-{one[1]}" for one in JOBS])


def runs(job: Mapping[str, Any]) -> list[str]:
    return [str(step.get("run", "")) for step in job["steps"]]


def purposes(job: Mapping[str, Any]) -> list[str]:
    return [found for text in runs(job) for found in SIGN_IN.findall(text)]


def says_who_it_is(job: Mapping[str, Any]) -> bool:
    permissions: Mapping[str, str] = job.get("permissions", {})
    return permissions.get("id-token") == "write"


def with_secrets(job: Mapping[str, Any]) -> bool:
    return "environment" in job


def problems(workflow: str, job: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with how a job gets to AWS."""
    signs_in, steps = purposes(job), runs(job)
    uses = [index for index, text in enumerate(steps) if USES_AWS.search(text)]
    if with_secrets(job) and uses and workflow not in WITHOUT:
        before = [index for index, text in enumerate(steps) if SIGN_IN.search(text)]
        if not before or before[0] > uses[0]:
            yield "uses a stack and does not sign in before"
        elif signs_in != [LEAST.get(workflow)]:
            yield f"signs in as {signs_in}, and needs {LEAST.get(workflow)}"
    if signs_in and not with_secrets(job):
        yield "signs in without an environment, which roles know jobs by"
    others = [step for step in job["steps"] if str(step.get("uses", "")).startswith(OTHER_USES)]
    if says_who_it_is(job) != bool(signs_in or others):
        yield "may say who it is and does not need to, or needs to and may not"
    if signs_in and int(job["timeout-minutes"]) * 60 > SESSION_SECONDS:
        yield "may take longer than its session"
    if KEYS.search(str(job)):
        yield "has a key of AWS that stays"
    if any("configure-aws-credentials" in str(step.get("uses", "")) for step in job["steps"]):
        yield "signs in with another action, whose credentials every later step has in its environment"


@EACH
def test_a_job_gets_to_aws_by_saying_who_it_is(workflow: str, name: str, job: Mapping[str, Any]) -> None:
    assert list(problems(workflow, job)) == [], f"{workflow}, job {name}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_allowed_to_all_jobs(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert not KEYS.search(str(workflow.get("env", {})))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_code_of_a_pull_request_never_signs_in(path: Path) -> None:
    """Nor may it say who it is, whatever is approved."""
    workflow = read(path)
    if BY_PULL_REQUESTS & {*workflow["on"]}:
        for name, job in workflow["jobs"].items():
            assert not purposes(job), name
            assert not says_who_it_is(job), name


def test_every_purpose_is_one_of_the_commands() -> None:
    found = {purpose for _, _, job in JOBS for purpose in purposes(job)}
    assert found == {*ROLES}


def test_code_of_others_is_built_before_there_are_credentials() -> None:
    """`make setup` and a build run what registries gave us."""
    for workflow, name, job in JOBS:
        steps = runs(job)
        signed_in = [index for index, text in enumerate(steps) if SIGN_IN.search(text)]
        for text in steps[signed_in[0] :] if signed_in else ():
            assert "build --builder buildah --compare" not in text, f"{workflow}, {name}"
            assert text != "make setup", f"{workflow}, {name}"


def test_every_variable_and_secret_is_named_where_people_set_them_up() -> None:
    pages = "".join(
        (ROOT / "docs" / "how-to" / f"{name}.md").read_text() for name in ("deploy-from-ci", "portal-per-pull-request")
    )
    used = {name for path in WORKFLOWS for name in re.findall(r"\b(?:vars|secrets)\.([A-Z_]+)", path.read_text())}
    assert {name for name in used if f"`{name}`" not in pages} == set()
    assert {"AWS_ROLE", "AWS_REGION", "DEPLOYED_STACKS"} <= used


GOOD: dict[str, Any] = {
    "environment": "prod",
    "timeout-minutes": 60,
    "permissions": {"contents": "read", "id-token": "write"},
    "steps": [
        {"run": '.venv/bin/portal aws sign-in --stack "$STACK" --as deploy'},
        {"run": '.venv/bin/portal up --stack "$STACK"'},
    ],
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": GOOD["steps"][1:]}, "does not sign in before"),
        ({"steps": GOOD["steps"][::-1]}, "does not sign in before"),
        ({"steps": [{"run": GOOD["steps"][0]["run"].replace("deploy", "release")}, GOOD["steps"][1]]}, "needs deploy"),
        ({"permissions": {"contents": "read"}}, "needs to and may not"),
        ({"environment": None}, "without an environment"),
        ({"timeout-minutes": 61}, "longer than its session"),
        ({"env": {"AWS_ACCESS_KEY_ID": "${{ secrets.AWS_ACCESS_KEY_ID }}"}}, "a key of AWS that stays"),
        (
            {"steps": [*GOOD["steps"], {"uses": "x@1", "with": {"aws-secret-access-key": "${{ secrets.KEY }}"}}]},
            "a key of AWS that stays",
        ),
        ({"steps": [*GOOD["steps"], {"uses": "aws-actions/configure-aws-credentials@v6"}]}, "with another action"),
    ],
)
def test_each_rule_catches_its_mistake(change: dict[str, Any], said: str) -> None:
    assert list(problems("deploy.yml", GOOD)) == []
    spoiled = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    assert any(said in one for one in problems("deploy.yml", spoiled))
