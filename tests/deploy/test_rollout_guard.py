"""What watches the pods while the Pulumi CLI waits for them. The CLI is a stand-in that waits and prints dots."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.deploy import rollout_guard
from portal.deploy.pulumi_cli import CliEnvironment, PulumiCli
from portal.deploy.rollout_guard import RolloutGuard
from portal.kubernetes.ownership import own_selector
from portal.kubernetes.rollout import Rollout
from tests.support.fake_api import Answer, FakeApi, api_for, fake_api, found, listed, recorded
from tests.support.rollouts import (
    DEPLOYMENTS,
    MISSING,
    PODS,
    STATEFUL_SETS,
    deployments,
    pods,
    say_that_it_runs,
    stateful_sets,
    unready,
)

# Like the real one at `up`: it waits for the rollout with dots, and when it is interrupted it unlocks its state and
# ends with 255. Whoever waits for it too long fails the test by its exit code.
CLI = """\
#!/bin/sh
case "$1" in
  up)
    trap 'echo interrupted >> "$SAID"; exit 255' INT
    printf '%s' "$$" > "$SAID.pid"
    for _ in $(seq "$WAITS"); do printf .; sleep 0.05; done
    exit "$CODE" ;;
  stack) echo '[{"name": "local"}]' ;;
esac
"""
PULLS = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Generator[FakeApi]:
    """A portal that runs, as the database does all the time."""
    monkeypatch.setattr(rollout_guard, "POLL_SECONDS", 0.01)
    with fake_api() as running:
        say_that_it_runs(running)
        yield running


class Cli:
    """The stand-in, as `portal up` runs it."""

    def __init__(self, checkout: Checkout, folder: Path) -> None:
        self.said = folder / "said"
        program = folder / "pulumi"
        program.write_text(CLI)
        program.chmod(0o755)
        self.environment = {"SAID": str(self.said), "WAITS": "100", "CODE": "3"}
        self.cli = PulumiCli(program, checkout, "local", CliEnvironment(self.environment))

    def up(self, guard: RolloutGuard | None, **environment: str) -> str:
        """What `portal up` says in the end; nothing where it went well."""
        self.environment.update(environment)
        try:
            self.cli.deploy(interactive=False, guard=guard)
        except PortalError as error:
            return str(error)
        return ""

    @property
    def interrupted(self) -> int:
        """How often it was."""
        return self.said.read_text().count("interrupted") if self.said.is_file() else 0


@pytest.fixture
def cli(checkout: Checkout, tmp_path: Path) -> Cli:
    return Cli(checkout, tmp_path)


def guard(fake: FakeApi, folder: Path, *, old_pods: bool = False) -> RolloutGuard:
    rollout = Rollout(api_for(fake, folder), "portal", own_selector("local"))
    return RolloutGuard(rollout, lambda _: None, old_pods=old_pods)


def new_pod_in(fake: FakeApi, state: dict[str, Any], uid: str = "made-now") -> None:
    """From the second look on, the rollout has a pod that was not there before."""
    body = pods(state=state, ready=False)
    for item in body["items"]:
        if item["metadata"]["name"].startswith("backstage"):
            item["metadata"] |= {"uid": uid, "name": "backstage-new"}
    looks = iter([recorded("running-pods")])
    fake.says("GET", PODS, lambda _: next(looks, found(body)))
    before = iter([found(deployments())])
    fake.says("GET", DEPLOYMENTS, lambda _: next(before, listed("Deployment", [unready()])))


def test_a_wait_in_vain_is_ended_once_and_its_cause_is_told(cli: Cli, fake: FakeApi, tmp_path: Path) -> None:
    new_pod_in(fake, MISSING)
    fake.says("GET", f"{PODS}/backstage-new/log", Answer(200, "cannot start\n"))
    said = cli.up(guard(fake, tmp_path))
    cause = "the rollout failed: pod backstage-new, container backstage: ErrImageNeverPull (no such image)"
    assert said.splitlines()[0] == cause
    assert said.endswith("cannot start")
    assert cli.interrupted == 1


def test_the_log_is_of_the_first_container_that_fails(cli: Cli, fake: FakeApi, tmp_path: Path) -> None:
    """The database's preparation fails: nobody has to guess from the portal's container, which waits for it."""
    body = pods()
    database = body["items"][1]
    database["metadata"]["uid"] = "made-now"
    failing: dict[str, Any] = {"name": "prepare", "ready": False, "restartCount": 0, "state": {"running": {}}}
    database["status"]["initContainerStatuses"] = [failing]
    stateful = stateful_sets()
    stateful["items"][0]["status"]["readyReplicas"] = 0
    looks = iter([recorded("running-pods")])

    def restarted(_: object) -> Answer:
        if (before := next(looks, None)) is not None:
            return before
        failing["restartCount"] = failing["restartCount"] + 1
        return found(body)

    fake.says("GET", STATEFUL_SETS, found(stateful))
    fake.says("GET", PODS, restarted)
    fake.says("GET", f"{PODS}/database-0/log", Answer(200, "data directory has invalid permissions\n"))
    said = cli.up(guard(fake, tmp_path))
    assert "pod database-0, container prepare ended 3 times" in said
    assert said.endswith("prepare said:\n  data directory has invalid permissions")
    assert cli.interrupted == 1


def test_what_may_pass_is_waited_for(cli: Cli, fake: FakeApi, tmp_path: Path) -> None:
    new_pod_in(fake, PULLS)
    assert cli.up(guard(fake, tmp_path), WAITS="4", CODE="0") == ""
    assert cli.interrupted == 0


def test_a_cli_that_gives_up_by_itself_is_told_with_what_the_pods_show(cli: Cli, fake: FakeApi, tmp_path: Path) -> None:
    new_pod_in(fake, PULLS)
    said = cli.up(guard(fake, tmp_path), WAITS="6")
    assert "pod backstage-new, container backstage: ImagePullBackOff (no such image)" in said
    assert cli.interrupted == 0


@pytest.mark.parametrize("what", ["the pods run", "the cluster is gone", "what failed was there before"])
def test_where_the_pods_say_nothing_it_is_the_clis_failure(cli: Cli, fake: FakeApi, tmp_path: Path, what: str) -> None:
    if what == "the cluster is gone":
        fake.says("GET", PODS, recorded("forbidden-list"))
    if what == "what failed was there before":
        fake.says("GET", DEPLOYMENTS, listed("Deployment", [unready()]))
        fake.says("GET", PODS, found(pods(state=MISSING, ready=False)))
    said = cli.up(guard(fake, tmp_path, old_pods=True), WAITS="6")
    assert said == "pulumi up failed with exit code 3; its output is above"
    assert cli.interrupted == 0


def test_pods_of_before_count_once_the_cli_can_only_be_waiting_for_them(
    cli: Cli, fake: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second `up` of a stack that is broken in the same way."""
    monkeypatch.setattr(rollout_guard, "OLD_PODS_SECONDS", 0.1)
    fake.says("GET", DEPLOYMENTS, listed("Deployment", [unready()]))
    fake.says("GET", PODS, found(pods(state=MISSING, ready=False)))
    assert "ErrImageNeverPull" in cli.up(guard(fake, tmp_path, old_pods=True))
    assert cli.interrupted == 1
    stateful = stateful_sets()
    stateful["items"][0]["status"]["readyReplicas"] = 0
    fake.says("GET", STATEFUL_SETS, found(stateful))
    assert "exit code 3" in cli.up(guard(fake, tmp_path, old_pods=True), WAITS="10"), "the database comes first"


def test_a_person_who_interrupts_is_not_told_about_pods(cli: Cli, fake: FakeApi, tmp_path: Path) -> None:
    def interrupt() -> None:
        pid = Path(f"{cli.said}.pid")
        deadline = time.monotonic() + 5
        while not (pid.is_file() and pid.read_text()) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(int(pid.read_text()), signal.SIGINT)

    new_pod_in(fake, PULLS)
    presses = threading.Thread(target=interrupt)
    presses.start()
    with pytest.raises(KeyboardInterrupt):
        cli.up(guard(fake, tmp_path))
    presses.join()
    assert cli.interrupted == 1


def job_pod_in(fake: FakeApi, phase: str, state: dict[str, Any]) -> None:
    """From the second look on, there is a Job's pod, while the Deployment is as it was."""
    body = pods()
    owner = {"kind": "Job", "name": "migrate-0123456789", "uid": "a-job"}
    status = {"name": "migrate", "ready": False, "restartCount": 0, "state": state}
    body["items"].append(
        {
            "metadata": {"name": "migrate-0123456789-abcde", "uid": "made-now", "ownerReferences": [owner]},
            "spec": {"containers": [{"name": "migrate"}]},
            "status": {"phase": phase, "containerStatuses": [status]},
        }
    )
    looks = iter([recorded("running-pods")])
    fake.says("GET", PODS, lambda _: next(looks, found(body)))


def test_a_job_whose_image_is_missing_ends_the_wait(cli: Cli, fake: FakeApi, tmp_path: Path) -> None:
    """The Deployment is not touched yet, and runs as before."""
    job_pod_in(fake, "Pending", MISSING)
    said = cli.up(guard(fake, tmp_path))
    assert "pod migrate-0123456789-abcde, container migrate: ErrImageNeverPull (no such image)" in said
    assert cli.interrupted == 1


def test_after_a_job_failed_its_own_words_are_the_cause(cli: Cli, fake: FakeApi, tmp_path: Path) -> None:
    """The engine says only that a Job has not succeeded."""
    job_pod_in(fake, "Failed", {"terminated": {"exitCode": 1, "message": "the migration 2.js of catalog failed: no"}})
    said = cli.up(guard(fake, tmp_path), WAITS="10")
    assert "the rollout failed: migrate failed: the migration 2.js of catalog failed: no" in said
    assert cli.interrupted == 0
