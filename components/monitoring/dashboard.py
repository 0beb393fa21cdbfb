"""One page with what to look at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.cloudwatch import Dashboard

from components.monitoring.watched import WatchedDatabase, WatchedLoadBalancer

# A page is 24 units wide (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html).
_WIDTH, _HEIGHT = 12, 6


@dataclass(frozen=True, kw_only=True)
class PortalDashboardArgs:
    """What the page shows. ``label`` is the page's name, which has to be free in the account."""

    label: str
    region: str
    load_balancer: WatchedLoadBalancer
    database: WatchedDatabase | None


class PortalDashboard(pulumi.ComponentResource):
    """Requests, errors, answering times, pods that serve, and the database.

    Deliberately no log: it may have names of people, and more may look at the page than at the log.
    """

    def __init__(self, name: str, args: PortalDashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:monitoring:PortalDashboard", name, None, opts)
        Dashboard(
            name,
            dashboard_name=args.label,
            dashboard_body=pulumi.Output.json_dumps({"widgets": _widgets(args)}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _widgets(args: PortalDashboardArgs) -> list[dict[str, Any]]:
    balancer = ["LoadBalancer", args.load_balancer.suffix]
    targets = ["TargetGroup", args.load_balancer.targets_suffix, *balancer]
    elb = "AWS/ApplicationELB"
    shown: list[tuple[str, str, Sequence[Sequence[pulumi.Input[str]]]]] = [
        ("Requests", "Sum", [[elb, "RequestCount", *balancer]]),
        (
            "Errors",
            "Sum",
            [[elb, "HTTPCode_Target_5XX_Count", *balancer], [elb, "HTTPCode_ELB_5XX_Count", *balancer]],
        ),
        ("Seconds to an answer, 95 of 100", "p95", [[elb, "TargetResponseTime", *balancer]]),
        ("Pods that serve", "Minimum", [[elb, "HealthyHostCount", *targets]]),
    ]
    if args.database is not None:
        instance = ["DBInstanceIdentifier", args.database.identifier]
        shown += [
            ("Connections of the database", "Maximum", [["AWS/RDS", "DatabaseConnections", *instance]]),
            ("CPU of the database in percent", "Average", [["AWS/RDS", "CPUUtilization", *instance]]),
            ("Free storage of the database", "Minimum", [["AWS/RDS", "FreeStorageSpace", *instance]]),
        ]
    return [
        {
            "type": "metric",
            "x": _WIDTH * (index % 2),
            "y": _HEIGHT * (index // 2),
            "width": _WIDTH,
            "height": _HEIGHT,
            "properties": {
                "title": title,
                "region": args.region,
                "stat": statistic,
                "period": 60,
                "metrics": [list(metric) for metric in metrics],
            },
        }
        for index, (title, statistic, metrics) in enumerate(shown)
    ]
