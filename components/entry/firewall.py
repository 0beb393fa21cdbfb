"""A web application firewall in front of a load balancer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.wafv2 import WebAcl, WebAclAssociation, WebAclLoggingConfiguration

from components.entry.firewall_log import LOG_PREFIX, FirewallLog

if TYPE_CHECKING:
    from pulumi_aws.wafv2 import WebAclRuleArgsDict, WebAclRuleVisibilityConfigArgsDict

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
            scope="REGIONAL",
            description="In front of a portal",
            default_action={"allow": {}},
            rules=[*rules, _limit(len(rules))],
            visibility_config=_measured(name),
            opts=child,
        )
        WebAclAssociation(f"{name}-association", resource_arn=args.protects, web_acl_arn=acl.arn, opts=child)
        log = LogGroup(
            f"{name}-log",
            name=f"{LOG_PREFIX}{args.log.label}",
            retention_in_days=args.log.days,
            kms_key_id=args.log.key,
            opts=child,
        )
        WebAclLoggingConfiguration(
            f"{name}-logging",
            resource_arn=acl.arn,
            log_destination_configs=[log.arn],
            # A session is in a cookie, a token in a header: neither belongs in a log.
            redacted_fields=[{"single_header": {"name": header}} for header in ("authorization", "cookie")],
            opts=child,
        )
        self.register_outputs({})


def _managed(rule: str, priority: int) -> WebAclRuleArgsDict:
    return {
        "name": rule,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {
            "managed_rule_group_statement": {
                "name": rule,
                "vendor_name": "AWS",
                "rule_action_overrides": [
                    {"name": one, "action_to_use": {"count": {}}} for one in _COUNTED.get(rule, ())
                ],
            }
        },
        "visibility_config": _measured(rule),
    }


def _limit(priority: int) -> WebAclRuleArgsDict:
    return {
        "name": "requests-of-one-address",
        "priority": priority,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {"aggregate_key_type": "IP", "limit": REQUESTS}},
        "visibility_config": _measured("requests-of-one-address"),
    }


def _measured(name: str) -> WebAclRuleVisibilityConfigArgsDict:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": True}
