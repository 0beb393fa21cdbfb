"""Web application firewalls."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.resources import is_given, of_type, require, require_part, value
from policies.control import Control
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph

_FIREWALL = "wafv2/webAcl:WebAcl"


def _measured(graph: Graph) -> Iterator[str]:
    for firewall in of_type(graph, _FIREWALL):
        rules = value(firewall, "rules")
        for rule in rules if is_list(rules) else ():
            config = rule.get("visibilityConfig") if is_mapping(rule) else None
            if is_mapping(config) and config.get("cloudwatchMetricsEnabled") not in (True, UNKNOWN):
                yield f"{firewall.name}: nobody can see how often its rule {rule.get('name')} refuses a request"


CONTROLS = (
    Control(
        ids=("WAF.10",),
        title="A firewall has rules",
        check=require(_FIREWALL, "rules", is_given, "has no rules"),
    ),
    Control(
        ids=("WAF.11",),
        title="A firewall logs what it refuses",
        check=require_part(
            _FIREWALL,
            "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            "resourceArn",
            "nobody can see what it refused, as it has no log",
        ),
    ),
    Control(ids=("WAF.12",), title="Every rule of a firewall is measured", check=_measured),
)
