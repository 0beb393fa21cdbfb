"""What everybody in the world may use."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.documents import grants_of, resource_policies
from policies.control import Control, Rule
from portal.graph.model import Graph


def closed_to_everybody(*types: str) -> Rule:
    """A rule for the policies of some types, or of all: no statement allows anything to ``*``.

    CIS accepts ``*`` with a condition. Ours does not: whoever is meant can be named.
    """

    def check(graph: Graph) -> Iterator[str]:
        for resource, text in resource_policies(graph, *types):
            for grant in grants_of(text) or ():
                if grant.allow and any("*" in one for named in grant.principals.values() for one in named):
                    yield f"{resource.name}: its policy lets everybody in the world use it (the principal is `*`)"

    return check


CONTROLS = (
    Control(
        ids=("CIS 2.21",),
        title="No policy of a resource lets everybody use it",
        check=closed_to_everybody(),
    ),
)
