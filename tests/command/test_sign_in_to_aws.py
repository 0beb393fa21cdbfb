"""``portal aws sign-in`` gives a job the role that the foundation made for such jobs, and gives nothing else away."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portal.aws.github import subject_of_branch, subject_of_environment
from portal.base.checkout import Checkout
from tests.command.in_process import portal
from tests.support.aws_graphs import STACKS, recorded_file
from tests.support.eks import ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, without_credentials
from tests.support.github_job import Job, job_on_loopback, trust_of

ROLE = "arn:aws:iam::111122223333:role/portal-foundation/foundation-{}"
OTHER = "arn:aws:iam::111122223333:role/ci/portal"
REPOSITORY = "acme/portal"
BOUNDARY = "boundary: arn:aws:iam::111122223333:policy/portal/boundary-foundation"


@pytest.fixture(scope="module")
def trust() -> dict[str, Any]:
    return {**trust_of(recorded_file(STACKS / "foundation.yaml", preview=False)), OTHER: _everything()}


def _everything() -> list[dict[str, Any]]:
    return [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity"}]


@pytest.fixture
def stacks(checkout: Checkout) -> Checkout:
    for file in STACKS.glob("*.yaml"):
        checkout.stack_file(file.stem).write_text(file.read_text())
    return checkout


@contextmanager
def a_job(
    monkeypatch: pytest.MonkeyPatch, folder: Path, trust: dict[str, Any], environment: str | None
) -> Generator[Job]:
    subject = subject_of_environment(REPOSITORY, environment) if environment else subject_of_branch(REPOSITORY, "main")
    folder.mkdir()
    with job_on_loopback(monkeypatch, folder, subject, trust) as job:
        yield job


@pytest.mark.parametrize(
    ("purpose", "environment", "role"),
    [
        ("deploy", "dev", "deploy-dev"),
        ("read-only", "dev-read", "deploy-dev-read-only"),
        ("release", "release", "release"),
    ],
)
def test_later_steps_have_the_role_and_nobody_else_sees_it(
    purpose: str,
    environment: str,
    role: str,
    stacks: Checkout,
    trust: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_job(monkeypatch, tmp_path / "runner", trust, environment) as job:
        done = portal("aws", "sign-in", "--stack", "dev", "--as", purpose, cwd=stacks.root)
        assert done.returncode == 0, done.stderr
        assert job.asked == [ROLE.format(role)]
        file = Path(job.later["AWS_SHARED_CREDENTIALS_FILE"])
        assert file.parent == job.folder
        assert file.stat().st_mode & 0o777 == 0o600
        told = (job.folder / "env").read_text()
        shown = [line for line in done.stdout.splitlines() if not line.startswith("::add-mask::")]
        for secret in (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN):
            assert secret not in told
            assert secret not in "\n".join(shown) + done.stderr
        hidden = {line.removeprefix("::add-mask::") for line in done.stdout.splitlines()} - {*shown}
        assert hidden == {SECRET_KEY, SESSION_TOKEN}
        assert used_by_a_later_step(monkeypatch, job) == (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, "eu-central-1")


def used_by_a_later_step(monkeypatch: pytest.MonkeyPatch, job: Job) -> tuple[str, ...]:
    from botocore.session import Session  # noqa: PLC0415 - slow

    for name, value in job.later.items():
        monkeypatch.setenv(name, value)
    session: Any = Session()
    found = session.get_credentials().get_frozen_credentials()
    return found.access_key, found.secret_key, found.token, session.get_config_variable("region")


@pytest.mark.parametrize(
    ("purpose", "environment"),
    [
        ("deploy", "dev-read"),
        ("deploy", "prod"),
        ("deploy", "pull-request"),
        ("deploy", None),
        ("read-only", "dev"),
        ("read-only", "prod-read"),
        ("release", "dev"),
    ],
)
def test_another_job_gets_nothing(
    purpose: str,
    environment: str | None,
    stacks: Checkout,
    trust: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_job(monkeypatch, tmp_path / "runner", trust, environment) as job:
        done = portal("aws", "sign-in", "--stack", "dev", "--as", purpose, cwd=stacks.root)
        assert done.returncode == 2
        assert f"does not take this job, whose subject is {job.subject}" in done.stderr
        assert list(job.folder.iterdir()) == []


@pytest.mark.parametrize("purpose", ["deploy", "read-only"])
def test_a_stack_elsewhere_asks_nobody(
    purpose: str, stacks: Checkout, trust: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_job(monkeypatch, tmp_path / "runner", trust, "kubernetes") as job:
        done = portal("aws", "sign-in", "--stack", "kubernetes", "--as", purpose, cwd=stacks.root, AWS_ROLE="")
        assert (done.returncode, job.asked, list(job.folder.iterdir())) == (0, [], [])
        assert "there is nothing to sign in to" in done.stdout


def test_a_stack_elsewhere_whose_state_is_on_aws_has_the_named_role(
    stacks: Checkout, trust: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("aws", "sign-in", "--stack", "kubernetes", "--as", "deploy")
    with a_job(monkeypatch, tmp_path / "runner", trust, "kubernetes") as job:
        done = portal(*words, cwd=stacks.root, AWS_ROLE=OTHER)
        assert (done.returncode, job.asked) == (2, [])
        assert "AWS_REGION: got nothing, expected a region" in done.stderr
        assert portal(*words, cwd=stacks.root, AWS_ROLE=OTHER, AWS_REGION="eu-west-1").returncode == 0
        assert (job.asked, job.later["AWS_REGION"]) == ([OTHER], "eu-west-1")


def test_where_no_foundation_made_the_role_it_is_named(
    stacks: Checkout, trust: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stacks.stack_file("dev")
    file.write_text(file.read_text().replace(BOUNDARY, BOUNDARY.replace("boundary-foundation", "limits")))
    words = ("aws", "sign-in", "--stack", "dev", "--as", "deploy")
    with a_job(monkeypatch, tmp_path / "runner", trust, "dev") as job:
        done = portal(*words, cwd=stacks.root)
        assert (done.returncode, job.asked) == (2, [])
        assert "set the variable AWS_ROLE of the GitHub environment" in done.stderr.replace("Set", "set")
        assert portal(*words, cwd=stacks.root, AWS_ROLE=OTHER).returncode == 0
        assert job.asked == [OTHER]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AWS_ROLE": OTHER.replace("1111", "9999")}, "expected a role of the account 111122223333, where dev runs"),
        ({"AWS_ROLE": "deploy-dev"}, "expected the ARN of a role"),
        ({"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, "write `id-token: write` into the permissions of the job"),
        ({"ACTIONS_ID_TOKEN_REQUEST_URL": "http://192.0.2.1/"}, "ACTIONS_ID_TOKEN_REQUEST_URL is not https"),
        ({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"}, "GitHub does not say who this job is"),
        ({"AWS_ACCESS_KEY_ID": ACCESS_KEY}, "AWS_ACCESS_KEY_ID is set, and programs would use it instead of the role"),
        ({"GITHUB_ENV": ""}, "GITHUB_ENV is not set, as this is no step of GitHub Actions"),
    ],
)
def test_what_cannot_work_is_said(
    environment: dict[str, str],
    said: str,
    stacks: Checkout,
    trust: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_job(monkeypatch, tmp_path / "runner", trust, "dev") as job:
        done = portal("aws", "sign-in", "--stack", "dev", "--as", "deploy", cwd=stacks.root, **environment)
        assert done.returncode in {1, 2}
        assert re.search(re.escape(said), done.stderr, re.IGNORECASE), done.stderr
        assert (job.asked, list(job.folder.iterdir())) == ([], [])


def test_nothing_is_asked_on_a_machine_of_ones_own(stacks: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    without_credentials(monkeypatch)
    for name in ("RUNNER_TEMP", "GITHUB_ENV"):
        monkeypatch.delenv(name, raising=False)
    done = portal("aws", "sign-in", "--stack", "dev", "--as", "deploy", cwd=stacks.root)
    assert done.returncode == 2
    assert "use credentials of your own (AWS_PROFILE)" in done.stderr
