"""Waiting for a Job ends when it has succeeded, and otherwise with the cause in one sentence."""

from __future__ import annotations

import io
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.base.errors import PortalError
from portal.base.progress import PlainProgress
from portal.kubernetes import failure, jobs
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.failure import FailureWatch
from portal.kubernetes.jobs import await_job, read_jobs
from tests.support.fake_api import Answer, Asked, FakeApi, api_for, fake_api, listed

JOBS = "/apis/batch/v1/namespaces/portal/jobs"
PODS = "/api/v1/namespaces/portal/pods"
NAME = "migrate-0123456789"


def job(condition: str | None = None, message: str = "") -> dict[str, Any]:
    conditions = [{"type": condition, "status": "True", "message": message}] if condition else []
    return {"metadata": {"name": NAME}, "status": {"conditions": conditions}}


def pod(name: str = "migrate-0123456789-abcde", created: str = "1", **state: Any) -> dict[str, Any]:
    owner = {"kind": "Job", "name": NAME, "uid": "a-job"}
    phase = "Failed" if "terminated" in state else "Pending"
    return {
        "kind": "Pod",
        "metadata": {"name": name, "creationTimestamp": created, "ownerReferences": [owner]},
        "status": {"phase": phase, "containerStatuses": [{"name": "migrate", "state": state, "restartCount": 0}]},
    }


STATES = ("Complete", "Failed", None)
ENDED: dict[str, Any] = {
    "terminated": {"exitCode": 1, "message": "the migration 2.js of catalog failed:\n no such column"}
}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Generator[FakeApi]:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0)
    with fake_api() as running:
        running.says("GET", PODS, listed("Pod"))
        yield running


@pytest.fixture
def api(fake: FakeApi, tmp_path: Path) -> ClusterApi:
    return api_for(fake, tmp_path)


def wait(api: ClusterApi, limit: float = 30) -> None:
    await_job(api, "portal", NAME, limit, PlainProgress(io.StringIO()))


def answers(*found: Mapping[str, Any]) -> Any:
    left = iter(found)

    def answer(asked: Asked) -> Answer:
        assert asked.query["fieldSelector"] == f"metadata.name={NAME}"
        return listed("Job", [next(left)])

    return answer


def test_it_waits_until_the_job_has_succeeded(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", JOBS, answers(job(), job(), job("Complete")))
    wait(api)
    assert len(fake.asked_for("GET", JOBS)) == 3


def test_a_failure_says_what_the_last_try_wrote_down(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", JOBS, answers(job("Failed", "Job has reached the specified backoff limit")))
    fake.says("GET", PODS, listed("Pod", [pod("b", "2", **ENDED), pod("a", "1", terminated={"exitCode": 1})]))
    with pytest.raises(PortalError) as caught:
        wait(api)
    assert str(caught.value) == "migrate failed: the migration 2.js of catalog failed: no such column"


def test_a_failure_without_words_is_put_as_kubernetes_puts_it(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", JOBS, answers(job("Failed", "Job was active longer than specified deadline")))
    with pytest.raises(PortalError, match="migrate failed: Job was active longer than specified deadline"):
        wait(api)


def test_an_image_that_is_missing_ends_the_wait(
    fake: FakeApi, api: ClusterApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failure, "GRACE_SECONDS", 0)
    fake.says("GET", JOBS, answers(job(), job()))
    fake.says("GET", PODS, listed("Pod", [pod(waiting={"reason": "ErrImagePull", "message": "no such image"})]))
    with pytest.raises(PortalError, match=r"migrate cannot start: .*no such image"):
        wait(api)


def test_a_job_that_hangs_or_is_gone_ends_the_wait(fake: FakeApi, api: ClusterApi) -> None:
    fake.says("GET", JOBS, lambda _: listed("Job", [job()]))
    with pytest.raises(PortalError, match="migrate has not ended within 0 s"):
        wait(api, limit=0)
    fake.says("GET", JOBS, listed("Job"))
    with pytest.raises(PortalError, match="deleted by somebody else"):
        wait(api)


def test_jobs_have_succeeded_or_failed_or_neither(fake: FakeApi, api: ClusterApi) -> None:
    found = [{**job(state), "metadata": {"name": f"job-{number}"}} for number, state in enumerate(STATES)]
    fake.says("GET", JOBS, listed("Job", reversed(found)))
    assert [(one.name, one.succeeded, one.failed) for one in read_jobs(api, "portal", "a=b")] == [
        ("job-0", True, None),
        ("job-1", False, "it failed"),
        ("job-2", False, None),
    ]


def test_a_try_that_failed_before_another_succeeded_is_no_cause() -> None:
    succeeded = pod("later", "2", terminated={"exitCode": 0})
    succeeded["status"]["phase"] = "Succeeded"
    assert FailureWatch().suspect([pod("first", "1", **ENDED), succeeded]) is None
    other = pod("second", "2", terminated={"exitCode": 1, "message": "the last words"})
    found = FailureWatch().suspect([other, pod("first", "1", **ENDED)])
    assert found is not None
    assert found.reason == "migrate failed: the last words"
    assert (found.pod, found.container) == ("second", "migrate")


def test_after_an_engine_gave_up_the_jobs_words_are_the_cause() -> None:
    found = FailureWatch().suspect([pod(**ENDED)])
    assert found is not None
    assert found.reason == "migrate failed: the migration 2.js of catalog failed: no such column"
