"""Where a stack's pods run, in the components' words."""

from __future__ import annotations

from components.pods import Placement, Toleration
from portal.models.stack import StackSettings


def placement(settings: StackSettings) -> Placement:
    """The same for every pod of a stack."""
    chosen = settings.scheduling
    return Placement(
        pull_secret=settings.images.pull_secret,
        priority_class=chosen.priority_class,
        node_selector=chosen.node_selector,
        tolerations=tuple(Toleration(one.key, one.value, one.effect) for one in chosen.tolerations),
        spread_required=chosen.spread == "required",
    )
