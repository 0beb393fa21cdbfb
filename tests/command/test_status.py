"""What `portal status` says is about the stack that was asked for, as it is after the rollout that has just ended."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import UTC, datetime

import pytest

from portal.aws.kubeconfig import COMMAND
from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.command import status_reading
from portal.command.context import Context
from portal.command.running_stack import kubectl_of
from portal.deploy.stack_record import StackRecord, write_stack_record
from portal.deploy.verified import Verified
from portal.kubernetes.pods import Pod, Running, running
from portal.plan import load_plan
from portal.probe.plugins import BackendHealth
from portal.probe.smoke import HttpAnswer
from tests.support.app_config import planned
from tests.support.checkouts import pretend_built
from tests.support.eks import ADDRESS, ON_AWS, without_credentials
from tests.support.fake_api import recorded
from tests.support.rollouts import deployments, pods, stateful_sets

RUNNING = running(
    [
        *({**item, "kind": "Deployment"} for item in deployments()["items"]),
        *({**item, "kind": "StatefulSet"} for item in stateful_sets()["items"]),
        *({**item, "kind": "Pod"} for item in pods()["items"]),
    ]
)


def somebody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the stack's address, a portal is ready."""

    def ready(*_: object) -> HttpAnswer:
        return HttpAnswer(200, "")

    def health(*_: object) -> list[BackendHealth]:
        return []

    monkeypatch.setattr(status_reading, "fetch_ready", ready)
    monkeypatch.setattr(status_reading, "backend_health", health)


def look(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, found: Running | PortalError, stack: str = "local"
) -> status_reading.StatusAnswer:
    """The status of a stack at whose address a portal answers, and whose cluster says this."""

    def cluster(*_: object) -> Running:
        if isinstance(found, PortalError):
            raise found
        return found

    def verified(*_: object) -> Verified:
        return Verified("workspace", "", plan.image, "c", datetime(2026, 11, 27, 9, tzinfo=UTC))

    somebody_answers(monkeypatch)
    plan = load_plan(checkout, stack)
    monkeypatch.setattr(status_reading, "_cluster", cluster)
    monkeypatch.setattr(status_reading, "_verified", verified)
    return status_reading.read_status(Context(checkout.root), plan)


def test_the_portal_that_runs_answers(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = look(checkout, monkeypatch, RUNNING)
    assert (answer.answers, answer.reason) == (True, None)


def test_what_was_verified_is_told_and_whether_the_stack_points_to_it(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = look(checkout, monkeypatch, RUNNING).verified
    assert last is not None
    assert (last.release, last.program, last.at, last.current) == ("workspace", None, "2026-11-27T09:00:00Z", True)
    file = checkout.stack_file("local")
    file.write_text(f"{file.read_text()}  portal:image: elsewhere/portal@sha256:{'1' * 64}\n")
    monkeypatch.undo()

    def before(*_: object) -> Verified:
        return Verified("workspace", "", "another image", "c", datetime(2026, 11, 27, 9, tzinfo=UTC))

    monkeypatch.setattr(status_reading, "_verified", before)
    answer = status_reading.read_status(Context(checkout.root), load_plan(checkout, "local"))
    assert answer.verified is not None
    assert not answer.verified.current


def test_another_stacks_portal_at_the_same_address_is_no_answer(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = PortalError("the context dev does not exist")
    assert look(checkout, monkeypatch, never).reason == "the context dev does not exist"
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    assert look(checkout, monkeypatch, never).answers, "the cluster of a stack that was up is only out of reach"
    empty = look(checkout, monkeypatch, Running((), ()))
    assert (empty.answers, empty.reason) == (False, "this stack is not deployed")


def test_a_stack_that_was_never_up_is_not_asked_for_at_an_address_of_others(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody_answers(monkeypatch)
    answer = status_reading.read_status(Context(checkout.root), load_plan(checkout, "local"))
    assert (answer.answers, answer.reason) == (False, "there was no `portal up` of this stack yet")
    assert {plugin.state for plugin in answer.plugins} <= {"unknown", "not connected", "off"}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")
def test_a_stack_whose_target_knows_the_cluster_is_asked_for_there(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names no `portal:cluster`, and a team stack has no record of an `up` on this machine."""
    somebody_answers(monkeypatch)
    without_credentials(monkeypatch)
    plan, context = planned(checkout, ON_AWS), Context(checkout.root)
    assert kubectl_of(context, plan).context == ADDRESS.arn
    # Nothing was installed in this checkout.
    reason = str(status_reading.read_status(context, plan).cluster_reason)
    assert f"executable {checkout.root / COMMAND} not found" in reason


def test_pods_that_end_do_not_count(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_built(checkout)
    image = load_plan(checkout, "local").image

    def with_image(pod: Pod, image: str, *, ends: bool) -> Pod:
        return dataclasses.replace(pod, image=image, ends=ends)

    (pod, *_) = [one for one in RUNNING.pods if one.component == "backstage"]
    new, old = with_image(pod, image, ends=False), with_image(pod, "old", ends=True)
    assert look(checkout, monkeypatch, Running(RUNNING.workloads, (new, old))).current
    stays = dataclasses.replace(old, ends=False)
    assert look(checkout, monkeypatch, Running(RUNNING.workloads, (new, stays))).current is False


def test_a_pod_that_is_being_deleted_ends() -> None:
    assert not any(pod.ends for pod in RUNNING.pods)
    item = recorded("running-pods").body["items"][0]
    ending = {**item, "kind": "Pod", "metadata": {**item["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert running([ending]).pods[0].ends
