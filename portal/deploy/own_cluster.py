"""What the clusters that this checkout makes have in common: stacks share one, and one of them has its node port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.ports import require_free_port
from portal.base.yaml_document import Value
from portal.contract import NODE_PORT
from portal.deploy.cluster import LocalCluster
from portal.deploy.forward import Forward
from portal.deploy.publication import Publication, publication
from portal.deploy.reach import forward_to_the_portal, forwarding, require_port_for_forward


class OwnCluster(LocalCluster):
    """A cluster of ours, as one stack uses it.

    ``port`` is the stack's port on this machine. ``node_port`` is what the stack's file asks for: such a stack keeps
    it, and is reached through a forwarded port.
    """

    ours: ClassVar[bool] = True

    checkout: Checkout
    port: int
    stack: str
    node_port: int | None

    @property
    def published(self) -> Publication:
        """What the cluster publishes by itself."""
        return publication(self.checkout, self.stack, self.port)

    @property
    def is_published(self) -> bool:
        """Whether that is this stack's port."""
        return self.published == Publication(self.port, self.stack) and self.node_port in {None, NODE_PORT}

    def service_settings(self) -> Mapping[str, Value]:
        """What to write about the Service into the stack's file: the node port, for the one stack that has it."""
        return {"portal:service": {"nodePort": NODE_PORT}} if self.is_published else {}

    def require_port(self) -> None:
        """See :class:`LocalCluster`. The published port is the cluster's own, while it runs."""
        published = self.published
        if published.port == self.port and published.stack != self.stack:
            raise SituationError(
                f"the stack {published.stack} has port {self.port} of this machine", "change portal:url"
            )
        if not self.running():
            require_free_port(self.port)
        elif not self.is_published:
            require_port_for_forward(self._forward, self.port)

    def open(self, namespace: str, service: str) -> None:
        """Forward a port that the cluster does not publish by itself."""
        if self.is_published:
            self._forward.stop()
        else:
            forward_to_the_portal(self._forward, self.kubectl(), self.stack, namespace, service, self.port)

    def close(self) -> None:
        """Stop forwarding."""
        self._forward.stop()

    @property
    def _forward(self) -> Forward:
        return forwarding(self.checkout, self.stack)
