"""Alarms of a portal on AWS, and the topic that tells people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
from pulumi_aws.cloudwatch import MetricAlarm
from pulumi_aws.sns import Topic, TopicPolicy, TopicSubscription

from components.identity.policy import Statement, policy
from components.monitoring.watched import WatchedDatabase, WatchedLoadBalancer

_MINUTE = 60
_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """Without an existing ``topic``, there is a new one for ``emails``, encrypted with ``key``.

    ``account`` is the only one whose alarms may use a new topic. ``database`` is None if others watch it.
    """

    account: str
    topic: str | None
    emails: Sequence[str]
    key: pulumi.Input[str]
    load_balancer: WatchedLoadBalancer
    database: WatchedDatabase | None


@dataclass(frozen=True, kw_only=True)
class _Alarm:
    """One metric above or below a threshold, for ``minutes`` in a row.

    Without data nothing is wrong. ``absent``: it tells people that there is no data any more, and nothing else.
    ``meaning`` is what a person reads who is woken up by it.
    """

    name: str
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    threshold: float
    meaning: str
    statistic: str = "Average"
    extended: str | None = None
    below: bool = False
    minutes: int = 5
    period: int = _MINUTE
    absent: bool = False


class Alarms(pulumi.ComponentResource):
    """What people have to know: errors, slow answers, missing pods, a full database, a certificate that ends.

    Deliberately few: each is about something that users notice, or will soon.
    """

    topic: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:monitoring:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.topic = pulumi.Output.from_input(args.topic) if args.topic is not None else _topic(name, args, child)
        for alarm in _alarms(args):
            MetricAlarm(
                f"{name}-{alarm.name}",
                alarm_description=alarm.meaning,
                namespace=alarm.namespace,
                metric_name=alarm.metric,
                dimensions=dict(alarm.dimensions),
                statistic=None if alarm.extended is not None else alarm.statistic,
                extended_statistic=alarm.extended,
                comparison_operator="LessThanThreshold" if alarm.below else "GreaterThanThreshold",
                threshold=alarm.threshold,
                period=alarm.period,
                evaluation_periods=alarm.minutes * _MINUTE // alarm.period or 1,
                treat_missing_data="missing" if alarm.absent else "notBreaching",
                alarm_actions=[self.topic],
                ok_actions=[self.topic],
                insufficient_data_actions=[self.topic] if alarm.absent else None,
                opts=child,
            )
        self.register_outputs({"topic": self.topic})


def _topic(name: str, args: AlarmsArgs, child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    topic = Topic(f"{name}-topic", kms_master_key_id=args.key, opts=child)
    TopicPolicy(
        f"{name}-topic-policy",
        arn=topic.arn,
        policy=policy(
            [
                Statement(
                    sid="AlarmsOfThisAccount",
                    actions=["sns:Publish"],
                    resources=[topic.arn],
                    principal={"Service": "cloudwatch.amazonaws.com"},
                    condition={"StringEquals": {"aws:SourceAccount": args.account}},
                )
            ]
        ),
        opts=child,
    )
    for email in args.emails:
        TopicSubscription(f"{name}-to-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=child)
    return topic.arn


def _alarms(args: AlarmsArgs) -> Iterator[_Alarm]:
    yield from _of_load_balancer(args.load_balancer)
    if args.database is not None:
        yield from _of_database(args.database)


def _of_load_balancer(one: WatchedLoadBalancer) -> Iterator[_Alarm]:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    elb = "AWS/ApplicationELB"
    balancer = {"LoadBalancer": one.suffix}
    targets = {**balancer, "TargetGroup": one.targets_suffix}
    yield _Alarm(
        name="errors",
        namespace=elb,
        metric="HTTPCode_Target_5XX_Count",
        dimensions=balancer,
        statistic="Sum",
        threshold=10,
        meaning="The portal answered more than ten requests a minute with an error: read `portal logs`.",
    )
    yield _Alarm(
        name="no-answer",
        namespace=elb,
        metric="HTTPCode_ELB_5XX_Count",
        dimensions=balancer,
        statistic="Sum",
        threshold=10,
        meaning="The load balancer got no answer from the portal's pods: read `portal status`.",
    )
    yield _Alarm(
        name="slow",
        namespace=elb,
        metric="TargetResponseTime",
        dimensions=balancer,
        extended="p95",
        threshold=3,
        minutes=10,
        meaning="One request in twenty took longer than three seconds: look at the database first.",
    )
    yield _Alarm(
        name="unhealthy",
        namespace=elb,
        metric="UnHealthyHostCount",
        dimensions=targets,
        statistic="Maximum",
        threshold=0,
        minutes=10,
        meaning="A pod of the portal has not been ready for ten minutes: read `portal status`.",
    )
    serves = _Alarm(
        name="nobody-serves",
        namespace=elb,
        metric="HealthyHostCount",
        dimensions=targets,
        statistic="Maximum",
        threshold=1,
        below=True,
        minutes=3,
        meaning="No pod of the portal serves: read `portal status`.",
    )
    yield serves
    # With no pod at all, there is no such metric. There is none before the first pod, either, and an alarm begins
    # without data: so a first deployment is no news. It is news if pods were there and are gone.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    yield replace(
        serves,
        name="nobody-there",
        # No number is below: this alarm has data, or has none.
        threshold=0,
        absent=True,
        meaning="Without data: the portal has no pod that could serve. Read `portal status`.",
    )
    yield _Alarm(
        name="certificate",
        namespace="AWS/CertificateManager",
        metric="DaysToExpiry",
        dimensions={"CertificateArn": one.certificate},
        statistic="Minimum",
        threshold=30,
        below=True,
        minutes=24 * 60,
        period=24 * 60 * _MINUTE,
        meaning="The certificate ends within 30 days and did not renew: its record in the zone may be gone.",
    )


def _of_database(one: WatchedDatabase) -> Iterator[_Alarm]:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
    rds = "AWS/RDS"
    instance = {"DBInstanceIdentifier": one.identifier}
    yield _Alarm(
        name="database-connections",
        namespace=rds,
        metric="DatabaseConnections",
        dimensions=instance,
        statistic="Maximum",
        threshold=int(one.max_connections * 0.8),
        meaning="The database has less than a fifth of its connections left.",
    )
    yield _Alarm(
        name="database-storage",
        namespace=rds,
        metric="FreeStorageSpace",
        dimensions=instance,
        statistic="Minimum",
        threshold=int(one.storage_gib * _GIB * 0.1),
        below=True,
        meaning="The database has less than a tenth of its storage left.",
    )
    yield _Alarm(
        name="database-cpu",
        namespace=rds,
        metric="CPUUtilization",
        dimensions=instance,
        threshold=85,
        minutes=15,
        meaning="The database has been busy for fifteen minutes: Performance Insights shows with what.",
    )
