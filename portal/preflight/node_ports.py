"""Whether the node ports of a graph are free. The cluster gives each to one Service, whatever its namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from portal.base.errors import InputError, SituationError
from portal.base.yaml_document import KeyPath
from portal.preflight.requirements import GraphRequirements, Object

if TYPE_CHECKING:
    from portal.preflight.snapshot import ClusterSnapshot


def check_node_ports(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find node ports that another Service has. A dry run does not, where the graph's namespace does not exist yet."""
    own = {_name(item) for item in requirements.of_kind("Service")}
    for item in snapshot.of_kind("Service"):
        taken = requirements.node_ports & _ports(item)
        if taken and _name(item) not in own:
            port = min(taken)
            yield SituationError(
                f"portal:service.nodePort is {port}, which the Service {'/'.join(_name(item))} has",
                "choose another port from 30000 to 32767, or leave it out",
                where=where(("service", "nodePort")),
            )


def _name(item: Object) -> tuple[str, str]:
    return str(item["metadata"]["namespace"]), str(item["metadata"]["name"])


def _ports(item: Object) -> frozenset[int]:
    return frozenset(int(port["nodePort"]) for port in item["spec"].get("ports") or () if port.get("nodePort"))
