"""What a target is: the facts that other code needs, and must not guess from a target's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.base.address import is_loopback
from portal.base.errors import InputError, quoted
from portal.base.yaml_document import KeyPath
from portal.models.cluster import Cluster
from portal.models.stack import StackSettings

Where = Callable[[KeyPath], str]


@dataclass(frozen=True)
class Target:
    """Where a stack runs, and what follows from that.

    ``team``: it is a team stack, whose state, secrets and data belong to the team; otherwise it is a local stack, which
    may be made and thrown away. ``loads_images``: images can be loaded into the cluster without a registry.
    ``on_aws``: the portal uses AWS, with what `portal:aws` names. ``portal``: a portal runs there; otherwise the stack
    is what portals share, with settings of its own. ``summary`` is for the reference.
    """

    name: str
    summary: str
    team: bool
    loads_images: bool = False
    on_aws: bool = False
    portal: bool = True

    def check(self, stack: str, settings: StackSettings, where: Where) -> Iterator[InputError]:
        """Errors in a stack's settings for this target. ``where`` gives the file and line of a key in the stack's file.

        For every target: an address of this machine leads straight to the portal, which does not serve TLS, unless
        something in front of it does; and who sends requests to a node port has to be known.
        """
        fronted = settings.ingress is not None or settings.gateway is not None
        if settings.url.startswith("https://") and is_loopback(settings.url) and not fronted:
            yield InputError(
                where=where(("url",)),
                key="portal:url",
                got=quoted(settings.url),
                allowed="http:// for an address of this machine: nothing serves TLS there",
                fix=f"write http://{settings.url.removeprefix('https://')}",
            )
        if not self.on_aws:
            yield from _only_on_aws(settings, where)
        service = settings.service
        if service.node_port is not None and service.sender is None and not self.owns_cluster(settings):
            yield InputError(
                where=where(("service", "nodePort")),
                key="portal:service.from",
                got="nothing",
                allowed="the network of the cluster's nodes ({cidr: 10.0.0.0/16}), which requests to a node port come"
                " from, as nothing else may reach the portal's pods",
                fix="write it; `kubectl get nodes --output wide` shows the nodes' addresses",
            )

    def owns_cluster(self, settings: StackSettings) -> bool:
        """Whether the cluster is one that ``portal up`` made on this machine.

        Then nobody else has pods in it, and no other machine can reach a port that its node opens. Guests, and
        permissions for everybody, are for such a cluster only.
        """
        return False

    def cluster(self, settings: StackSettings) -> Cluster | None:
        """The cluster that the settings name; None if ``portal up`` chooses it, or only the program knows it."""
        return settings.cluster


def _only_on_aws(settings: StackSettings, where: Where) -> Iterator[InputError]:
    """What another target would ignore: somebody meant `target: aws`, or copied too much."""
    if settings.database.on_aws:
        yield InputError(
            where=where(("database", "engine")),
            key="portal:database.engine",
            got=quoted(str(getattr(settings.database, "engine", ""))),
            allowed="an engine that needs no AWS, as only target: aws has one",
            fix="choose another engine, or write `portal:target: aws`",
        )
    given = {
        "aws": settings.aws,
        "loadBalancer": settings.load_balancer,
        "alarms": settings.alarms,
        "docs": settings.docs,
        "secretsManager": settings.secrets_manager or None,
    }
    for key, value in given.items():
        if value is not None:
            yield InputError(
                where=where((key,)),
                key=f"portal:{key}",
                got="a value",
                allowed="nothing, as only target: aws uses it",
                fix="remove it, or write `portal:target: aws`",
            )
