"""Something goes wrong: the portal goes on where it can, the command says what it is, and `up` is the way back."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from portal.base.content_name import without_hash
from portal.base.process import output
from portal.kubernetes.ownership import OWN_TYPES, own_selector
from portal.probe.smoke import fetch
from tests.e2e.conftest import NOTHING_CHANGED, URL, Workplace, await_that
from tests.e2e.database_pod import query

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

READINESS = f"{URL}/.backstage/health/v1/readiness"
# Twice what docs/how-to/look-after-a-portal.md promises: what the node does then needs the same two cores.
STATUS_SECONDS = 6
FAILURE_SECONDS = 120
KILLED = 20
AWAY_SECONDS = 60


def test_after_a_rollout_that_failed_the_same_as_before_is_deployed(workplace: Workplace, measure: Measure) -> None:
    """The old pod serves all along, and is never replaced; nothing of the change that failed is left.

    The cause is told in time, also to whoever tries the same again.
    """
    file = workplace.checkout.stack_file("local")
    committed = file.read_text()
    workplace.up()
    before = workplace.pods()
    try:
        file.write_text(f'{committed.rstrip()}\n  portal:resources: {{cpu: "64", cpuLimit: "64"}}\n')
        for name in ("up: a rollout that cannot succeed", "up: the same once more"):
            failed = workplace.portal("up", expected=1)
            measure(name, failed.seconds)
            assert "Insufficient cpu" in failed.said
            assert fetch(READINESS).status == 200
            assert failed.seconds <= FAILURE_SECONDS
    finally:
        file.write_text(committed)
    workplace.up()
    assert workplace.pods() == before
    assert NOTHING_CHANGED[workplace.engine].search(workplace.up().said)


@pytest.mark.variation
def test_an_up_that_was_killed_at_any_moment_is_finished_by_the_next(
    workplace: Workplace, measure: Measure, tmp_path: Path
) -> None:
    """Nothing is left over, nothing is there twice, nothing is lost, and nobody has to unlock anything."""
    before = _rows(workplace)
    file = workplace.checkout.stack_file("local")
    committed = file.read_text()
    moments = Random(11)
    deployed = 0
    try:
        for number in range(KILLED):
            file.write_text(f"{committed.rstrip()}\n  portal:title: Killed {number}\n")
            deployed += _killed_up(workplace, moments.uniform(0.3, 16.0))
    finally:
        file.write_text(committed)
    # Some were early and some late; a few may have been done before.
    measure("up: killed at a random moment, times", KILLED - deployed)
    assert KILLED - deployed > KILLED / 2
    workplace.up()
    assert NOTHING_CHANGED[workplace.engine].search(workplace.up().said)
    # Each object of the stack is there once, and no other: files are named without the hashes of names.
    workplace.portal("render", "--out", str(tmp_path))
    there = Counter(f"{kind.lower()}-{without_hash(name)}.yaml" for kind, name in _objects(workplace))
    assert there == Counter(path.name for path in tmp_path.iterdir())
    assert _rows(workplace) == before


def _killed_up(workplace: Workplace, after: float) -> bool:
    """Begin an `up`, and kill it after some seconds. Returns whether it was done before."""
    command = [".venv/bin/portal", "up", *workplace.choice.words("engine", "cluster", "builder")]
    with subprocess.Popen(
        command, cwd=workplace.checkout.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as up:
        try:
            up.wait(after)
        except subprocess.TimeoutExpired:
            up.kill()
            return False
    return True


def _objects(workplace: Workplace) -> list[tuple[str, str]]:
    """Everything that a stack has in the cluster, by kind and name."""
    types = ",".join((*OWN_TYPES, "namespaces"))
    words = (types, "--all-namespaces", f"--selector={own_selector('local')}")
    return [(item["kind"], item["metadata"]["name"]) for item in workplace.kubectl.read(*words)["items"]]


def _rows(workplace: Workplace) -> list[str]:
    """What people wrote, as the database has it."""
    return query(workplace.kubectl, "SELECT n::text FROM notifications.notification n ORDER BY 1")


def test_what_a_process_said_before_it_ended_can_be_read(workplace: Workplace) -> None:
    ended_before = _portal_pod(workplace)["restarts"]
    end = ("exec", "--namespace=portal", "deployment/backstage", "--", "node", "--eval", "process.kill(1)")
    output(workplace.kubectl.command(*end, patience=0))
    await_that(
        lambda: (pod := _portal_pod(workplace))["restarts"] > ended_before and pod["ready"], "a new container", 120
    )
    assert _portal_pod(workplace)["lastEnd"]
    assert "Listening on" in workplace.portal("logs", "--previous", "--tail", "0").said
    assert "no restarts" not in workplace.portal("status").said.partition("database")[0]


def test_status_tells_that_the_database_is_gone(workplace: Workplace, measure: Measure) -> None:
    await_that(lambda: _all_healthy(workplace), "every plugin", 120)
    before = _rows(workplace)
    away = time.monotonic()
    _scale_database(workplace, 0)
    try:
        await_that(lambda: "database" not in workplace.pods(), "no database")
        ended = workplace.portal("status", "--json")
        measure("portal status, without a database", ended.seconds)
        assert ended.seconds < STATUS_SECONDS
        # A pod that ends may answer for a moment.
        await_that(lambda: _states(workplace) == {"unhealthy"}, "all plugins without a database")
        await_that(lambda: time.monotonic() - away > AWAY_SECONDS, "a minute without a database", AWAY_SECONDS + 5)
    finally:
        _scale_database(workplace, 1)
    back = time.monotonic()
    await_that(lambda: _all_healthy(workplace), "every plugin", 120)
    measure("database away for a minute, every plugin well again", time.monotonic() - back)
    assert _rows(workplace) == before


def test_without_a_free_connection_it_says_so_and_recovers_by_itself(workplace: Workplace, measure: Measure) -> None:
    await_that(lambda: _all_healthy(workplace), "every plugin", 120)
    before, pods = _rows(workplace), workplace.pods()
    query(workplace.kubectl, "ALTER ROLE portal CONNECTION LIMIT 0")
    try:
        query(workplace.kubectl, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'portal'")
        await_that(lambda: not _all_healthy(workplace), "plugins without a database")
        assert "too many connections for role" in workplace.portal("logs", "--since", "1m").said
    finally:
        query(workplace.kubectl, "ALTER ROLE portal CONNECTION LIMIT -1")
    free = time.monotonic()
    await_that(lambda: _all_healthy(workplace), "every plugin", 120)
    measure("connections free again, every plugin well again", time.monotonic() - free)
    assert _rows(workplace) == before
    assert workplace.pods()["database"] == pods["database"]


def test_another_password_of_the_database_takes_one_up_and_no_data(workplace: Workplace, measure: Measure) -> None:
    await_that(lambda: _all_healthy(workplace), "every plugin", 120)
    before = _rows(workplace)
    workplace.portal("secrets", "set", "DATABASE_PASSWORD", given="another-password-of-a-test")
    measure("up: another password of the database", workplace.up().seconds)
    assert _all_healthy(workplace)
    assert _rows(workplace) == before
    assert NOTHING_CHANGED[workplace.engine].search(workplace.up().said)


def _scale_database(workplace: Workplace, replicas: int) -> None:
    words = ("scale", "--namespace=portal", "statefulset/database", f"--replicas={replicas}")
    output(workplace.kubectl.command(*words))


def _portal_pod(workplace: Workplace) -> dict[str, Any]:
    """The one that stays: another one may still end after a rollout."""
    found: list[dict[str, Any]] = []

    def one_is_left() -> bool:
        pods = json.loads(workplace.portal("status", "--json").said)["pods"]
        found[:] = [pod for pod in pods if pod["component"] == "backstage" and pod["state"] != "ends"]
        return len(found) == 1

    await_that(one_is_left, "one pod of the portal")
    return found[0]


def _states(workplace: Workplace) -> set[str]:
    """The states of the plugins that have a backend."""
    plugins = json.loads(workplace.portal("status", "--json").said)["plugins"]
    return {plugin["state"] for plugin in plugins if plugin["backends"]}


def _all_healthy(workplace: Workplace) -> bool:
    status = json.loads(workplace.portal("status", "--json").said)
    return status["answers"] and not any(plugin["state"] in {"unhealthy", "unknown"} for plugin in status["plugins"])
