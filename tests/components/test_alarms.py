"""Alarms: each tells somebody, says what to do, and is one that AWS takes."""

from __future__ import annotations

import json
from typing import Any

import pulumi

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
    assert len(alarms) == 9
    for alarm in alarms:
        given: Any = alarm.inputs
        assert given["alarmActions"] == given["okActions"] == [TOPIC]
        assert given["alarmDescription"].endswith(".")
        assert given["period"] * given["evaluationPeriods"] <= LONGEST_SECONDS
        assert ("statistic" in given) != ("extendedStatistic" in given)
    assert of_type(graph, "Topic") == []


def test_a_new_topic_is_encrypted_and_for_alarms_of_this_account_only() -> None:
    graph = graph_of()
    assert the(graph, "Topic").inputs["kmsMasterKeyId"] == KEY
    (statement,) = document(the(graph, "TopicPolicy").inputs["policy"])
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert the(graph, "TopicSubscription").inputs["endpoint"] == "platform@acme.example"


def test_a_database_of_others_is_not_watched() -> None:
    graph = graph_of(database=None)
    assert len(of_type(graph, "MetricAlarm")) == 6
    widgets = json.loads(the(graph, "Dashboard").inputs["dashboardBody"])["widgets"]
    assert len(widgets) == 4


def test_nothing_on_the_dashboard_lies_over_something_else() -> None:
    widgets = json.loads(the(graph_of(), "Dashboard").inputs["dashboardBody"])["widgets"]
    places = {(one["x"], one["y"]) for one in widgets}
    assert len(places) == len(widgets) == 7
    assert {one["properties"]["region"] for one in widgets} == {REGION}
