"""Alarms: each tells somebody, says what to do, and is one that AWS takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pulumi
import pytest

from components.monitoring.alarms import Alarms, AlarmsArgs
from components.monitoring.dashboard import PortalDashboard, PortalDashboardArgs
from components.monitoring.watched import WatchedDatabase, WatchedLoadBalancer
from portal.graph.model import Graph
from tests.components.aws import ACCOUNT, KEY, REGION, document, of_type, recorded_in_aws, the

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:platform"
BALANCER = WatchedLoadBalancer(suffix="app/x/1", targets_suffix="targetgroup/x/1", certificate="arn:aws:acm:x")
DATABASE = WatchedDatabase(identifier="database-1", max_connections=500, storage_gib=100)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LONGEST_SECONDS = 86_400


def graph_of(*, topic: str | None = None, database: WatchedDatabase | None = DATABASE) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        args = AlarmsArgs(
            account=ACCOUNT,
            topic=topic,
            emails=["platform@acme.example"],
            key=KEY,
            load_balancer=BALANCER,
            database=database,
        )
        Alarms("alarms", args, opts)
        PortalDashboard(
            "dashboard",
            PortalDashboardArgs(label="portal-prod", region=REGION, load_balancer=BALANCER, database=database),
            opts,
        )

    return recorded_in_aws(make, preview=False)


def test_every_alarm_tells_somebody_and_says_what_it_means() -> None:
    graph = graph_of(topic=TOPIC)
    alarms = of_type(graph, "MetricAlarm")
    assert len(alarms) == 10
    for alarm in alarms:
        given: Any = alarm.inputs
        assert given["alarmActions"] == given["okActions"] == [TOPIC]
        assert given["alarmDescription"].endswith(".")
        assert given["period"] * given["evaluationPeriods"] <= LONGEST_SECONDS
        assert ("statistic" in given) != ("extendedStatistic" in given)
    assert of_type(graph, "Topic") == []


def told(name: str, *states: str) -> list[str]:
    """What an alarm tells people while it goes from one state to the next, in CloudWatch's words."""
    actions = {"ALARM": "alarmActions", "OK": "okActions", "INSUFFICIENT_DATA": "insufficientDataActions"}
    given: Any = the(graph_of(topic=TOPIC), "MetricAlarm", f"alarms-{name}").inputs
    return [after for before, after in pairwise(states) if before != after and given.get(actions[after])]


def state(name: str, minutes: Sequence[int | None]) -> str:
    """CloudWatch's judgment about the last minutes; None is one without data.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    given: Any = the(graph_of(), "MetricAlarm", f"alarms-{name}").inputs
    assert given["comparisonOperator"] == "LessThanThreshold"
    last = list(minutes)[-int(given["evaluationPeriods"]) :]
    known = [one for one in last if one is not None]
    if not known and given["treatMissingData"] == "missing":
        return "INSUFFICIENT_DATA"
    absent = given["treatMissingData"] == "breaching"
    breaches = [one < given["threshold"] if one is not None else absent for one in last]
    if given["treatMissingData"] == "missing":
        breaches = [one < given["threshold"] for one in known]
    return "ALARM" if all(breaches) else "OK"


FIRST = [None, None, None, 0, 1, 1, 1]
SERVING = ("nobody-serves", "nobody-there")


@pytest.mark.parametrize("name", SERVING)
def test_a_first_deployment_wakes_nobody(name: str) -> None:
    states = ["INSUFFICIENT_DATA", *(state(name, FIRST[: at + 1]) for at in range(2, len(FIRST)))]
    assert set(told(name, *states)) <= {"OK"}


@pytest.mark.parametrize("outage", [[0, 0, 0], [None, None, None]], ids=["none is healthy", "none is there"])
def test_a_portal_that_nobody_serves_any_more_wakes_somebody(outage: list[int | None]) -> None:
    woken = [set(told(name, "OK", state(name, [2, *outage]))) - {"OK"} for name in SERVING]
    assert any(woken)


def test_a_new_topic_is_encrypted_and_for_alarms_of_this_account_only() -> None:
    graph = graph_of()
    assert the(graph, "Topic").inputs["kmsMasterKeyId"] == KEY
    (statement,) = document(the(graph, "TopicPolicy").inputs["policy"])
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert the(graph, "TopicSubscription").inputs["endpoint"] == "platform@acme.example"


def test_a_database_of_others_is_not_watched() -> None:
    graph = graph_of(database=None)
    assert len(of_type(graph, "MetricAlarm")) == 7
    widgets = json.loads(the(graph, "Dashboard").inputs["dashboardBody"])["widgets"]
    assert len(widgets) == 4


def test_nothing_on_the_dashboard_lies_over_something_else() -> None:
    widgets = json.loads(the(graph_of(), "Dashboard").inputs["dashboardBody"])["widgets"]
    places = {(one["x"], one["y"]) for one in widgets}
    assert len(places) == len(widgets) == 7
    assert {one["properties"]["region"] for one in widgets} == {REGION}
