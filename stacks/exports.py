"""The outputs of a deployed stack."""

from __future__ import annotations

import pulumi

from stacks.portal import Portal


def export(portal: Portal) -> None:
    """Export address, namespace, service, release and image. Deliberately nothing secret."""
    pulumi.export("url", portal.url)
    pulumi.export("namespace", portal.namespace)
    pulumi.export("service", portal.service)
    pulumi.export("release", portal.release)
    pulumi.export("image", portal.image)
