"""A web application firewall in front of a load balancer."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws.cloudwatch import LogGroup

from components.entry.firewall_log import LOG_PREFIX, FirewallLog
from components.entry.web_acl import WebAcl, WebAclAssociation, WebAclLoggingConfiguration

# Lists of AWS that keep themselves up to date, in the order in which they are asked
# (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html).
MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
# Backstage's own requests are larger than the 8 KB that this rule allows, and texts of the catalog look like scripts.
_COUNTED = {"AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY", "CrossSiteScripting_BODY")}
# Of one address in five minutes. A page of the portal is some 100 requests, and an office may share one address.
REQUESTS = 20_000


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """``protects`` is the ARN of a load balancer."""

    protects: pulumi.Input[str]
    log: FirewallLog


class Firewall(pulumi.ComponentResource):
    """AWS's managed rules and a limit of requests, and a log of what was refused.

    Deliberately nothing of its own: rules that nobody keeps refuse the wrong requests after a while.
    """

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:entry:Firewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        rules = [_managed(rule, index) for index, rule in enumerate(MANAGED)]
        acl = WebAcl(
            name,
            {
                "scope": "REGIONAL",
                "description": "In front of a portal",
                "defaultAction": {"allow": {}},
                "rules": [*rules, _limit(len(rules))],
                "visibilityConfig": _measured(name),
            },
            child,
        )
        WebAclAssociation(f"{name}-association", {"resourceArn": args.protects, "webAclArn": acl.arn}, child)
        log = LogGroup(
            f"{name}-log",
            name=f"{LOG_PREFIX}{args.log.label}",
            retention_in_days=args.log.days,
            kms_key_id=args.log.key,
            opts=child,
        )
        WebAclLoggingConfiguration(
            f"{name}-logging",
            {
                "resourceArn": acl.arn,
                "logDestinationConfigs": [log.arn],
                # A session is in a cookie, a token in a header: neither belongs in a log.
                "redactedFields": [{"singleHeader": {"name": header}} for header in ("authorization", "cookie")],
            },
            child,
        )
        self.register_outputs({})


def _managed(rule: str, priority: int) -> dict[str, object]:
    return {
        "name": rule,
        "priority": priority,
        "overrideAction": {"none": {}},
        "statement": {
            "managedRuleGroupStatement": {
                "name": rule,
                "vendorName": "AWS",
                "ruleActionOverrides": [{"name": one, "actionToUse": {"count": {}}} for one in _COUNTED.get(rule, ())],
            }
        },
        "visibilityConfig": _measured(rule),
    }


def _limit(priority: int) -> dict[str, object]:
    return {
        "name": "requests-of-one-address",
        "priority": priority,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": {"aggregateKeyType": "IP", "limit": REQUESTS}},
        "visibilityConfig": _measured("requests-of-one-address"),
    }


def _measured(name: str) -> dict[str, object]:
    return {"cloudwatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": True}
