"""Load balancers and their certificates."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.resources import is_true, of_type, require, require_part, value
from policies.control import Control
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph

_BALANCER = "lb/loadBalancer:LoadBalancer"
_LISTENER = "lb/listener:Listener"
_LEAST_ZONES = 2
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_TLS = ("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-")
_STRONG_KEYS = (None, "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")


def _redirects(graph: Graph) -> Iterator[str]:
    for listener in of_type(graph, _LISTENER):
        actions = value(listener, "defaultActions")
        if value(listener, "protocol") != "HTTP" or actions == UNKNOWN:
            continue
        first = actions[0] if is_list(actions) and actions else None
        redirect = first.get("redirect") if is_mapping(first) else None
        to = redirect.get("protocol") if is_mapping(redirect) else redirect
        if first != UNKNOWN and to not in ("HTTPS", UNKNOWN):
            yield f"{listener.name}: answers over HTTP instead of sending everybody to HTTPS"


def _strong_tls(graph: Graph) -> Iterator[str]:
    for listener in of_type(graph, _LISTENER):
        policy = value(listener, "sslPolicy")
        secure = value(listener, "protocol") in ("HTTPS", "TLS")
        if secure and policy != UNKNOWN and not str(policy).startswith(_TLS):
            yield f"{listener.name}: accepts old versions of TLS"


CONTROLS = (
    Control(ids=("ELB.1",), title="A load balancer sends everybody to HTTPS", check=_redirects),
    Control(
        ids=("ELB.4",),
        title="A load balancer drops headers that are not valid",
        check=require(_BALANCER, "dropInvalidHeaderFields", is_true, "passes on headers that are not valid"),
    ),
    Control(
        ids=("ELB.5", "CIS 4.10"),
        title="The requests to a load balancer are logged",
        check=require(_BALANCER, "accessLogs.enabled", is_true, "has no access log (`logsBucket` names one)"),
        advisory=True,
    ),
    Control(
        ids=("ELB.6",),
        title="AWS refuses to delete a load balancer",
        check=require(_BALANCER, "enableDeletionProtection", is_true, "one call of AWS's API deletes it"),
        advisory=True,
    ),
    Control(
        ids=("ELB.12",),
        title="A load balancer refuses requests that servers understand in different ways",
        check=require(
            _BALANCER,
            "desyncMitigationMode",
            lambda found: found in ("defensive", "strictest"),
            "passes on requests that servers understand in different ways",
        ),
    ),
    Control(
        ids=("ELB.13",),
        title="A load balancer is in two zones at least",
        check=require(
            _BALANCER,
            "subnets",
            lambda found: is_list(found) and len(found) >= _LEAST_ZONES,
            "is in one zone only",
        ),
    ),
    Control(
        ids=("ELB.16",),
        title="A web application firewall is in front of a load balancer",
        check=require_part(
            _BALANCER,
            "wafv2/webAclAssociation:WebAclAssociation",
            "resourceArn",
            "no firewall is in front of it (`firewall: true`)",
        ),
        advisory=True,
    ),
    Control(ids=("ELB.17",), title="A load balancer accepts TLS 1.2 and 1.3 only", check=_strong_tls),
    Control(
        ids=("ACM.2",),
        title="The key of a certificate is long enough",
        check=require(
            "acm/certificate:Certificate",
            "keyAlgorithm",
            lambda found: found in _STRONG_KEYS,
            "its key is too short",
        ),
    ),
)
