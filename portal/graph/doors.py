"""The doors of a graph: what lets outsiders in, or shows a credential, whichever setting made it.

The checks of a plan judge its settings and its app-config. These rules judge the objects that come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from portal.base.errors import SituationError, raise_first
from portal.base.json_types import is_list
from portal.base.yaml_document import parse_document, value_at
from portal.checks.credentials import looks_like_credential
from portal.checks.door import nodes_of
from portal.graph.model import Graph
from portal.plugins.load import load_sign_in

_MODULES = ".mjs"
# Of AWS, Azure and Google Cloud, and of AWS in IPv6.
_METADATA = (ip_address("169.254.169.254"), ip_address("fd00:ec2::254"))


def guests_stay_inside(graph: Graph) -> Iterator[str]:
    """A portal with guests has nothing in front of it but a forwarded port, or a port of the nodes.

    A graph does not say whose the nodes are. ``resolved.private`` does: ``portal check`` refuses guests in a cluster of
    others, whatever the port.
    """
    if not _has_guests(graph):
        return
    for kind in ("Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"):
        for resource in graph.of_kind(kind):
            yield f"{resource.name}: brings others to a portal that lets guests in"
    for service in graph.of_kind("Service"):
        spec = service.inputs.get("spec", {})
        if spec.get("type", "ClusterIP") not in {"ClusterIP", "NodePort"} or spec.get("externalIPs"):
            yield f"{service.name}: brings others to a portal that lets guests in"


def networks_are_limited(graph: Graph) -> Iterator[str]:
    """No policy is open to everything, and none lets a pod reach a cloud's metadata."""
    for policy in graph.of_kind("NetworkPolicy"):
        spec: Mapping[str, Any] = policy.inputs["spec"]
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            rules: Any = spec.get(direction)
            for rule in rules if is_list(rules) else ():
                if not rule.get("ports") or (direction == "egress" and not rule.get(peers)):
                    yield f"{policy.name}: a rule for {direction} is open to everything"
                if direction == "egress":
                    blocks = [peer["ipBlock"] for peer in rule.get(peers) or () if "ipBlock" in peer]
                    if any(_reaches_metadata(block) for block in blocks):
                        yield f"{policy.name}: lets pods reach a cloud's metadata, where a node's credentials are"


def no_credential_in_plain(graph: Graph) -> Iterator[str]:
    """Nothing but a Secret holds a credential: no ConfigMap, environment variable, command or annotation."""
    for resource in graph.objects():
        if resource.type.endswith(":Secret"):
            continue
        for node in nodes_of(resource.inputs):
            if isinstance(node.value, str) and _shows(node.value):
                yield f"{resource.name}: {'.'.join(str(part) for part in node.path)} shows a credential"


DOORS = (guests_stay_inside, networks_are_limited, no_credential_in_plain)


def require_shut(graph: Graph) -> Graph:
    """The graph, if all of its doors are shut. InputError with a sentence for each open one."""
    raise_first(
        SituationError(
            f"the stack {graph.stack} would open a door: {sentence}", "docs/explanation/doors.md explains it"
        )
        for rule in DOORS
        for sentence in rule(graph)
    )
    return graph


def _has_guests(graph: Graph) -> bool:
    guests = [record.id for record in load_sign_in().values() if record.anyone]
    files = [file for one in graph.of_kind("ConfigMap") for file in one.inputs.get("data", {}).items()]
    for name, text in files:
        # Modules are the only files that are not YAML, nor JSON, which is YAML too.
        data = _yaml(text) if not name.endswith(_MODULES) else None
        if any(value_at(data, ("auth", "providers", guest)) is not None for guest in guests):
            return True
    return False


def _yaml(text: object) -> object:
    if not isinstance(text, str) or "providers" not in text:
        return None
    return parse_document(text.encode(), "app-config.yaml").data


def _shows(text: str) -> bool:
    """Whether a text shows a credential. Files of app-config are long texts of many values."""
    return any(looks_like_credential(line) for line in text.splitlines())


def _reaches_metadata(block: Mapping[str, Any]) -> bool:
    allowed = ip_network(block["cidr"], strict=False)
    left_out = [ip_network(text, strict=False) for text in block.get("except") or ()]
    return any(address in allowed and not any(address in one for one in left_out) for address in _METADATA)
