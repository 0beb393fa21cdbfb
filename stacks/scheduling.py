"""How a stack's pods are scheduled, as the components take it."""

from __future__ import annotations

from components.pods import Scheduling, Toleration
from portal.models.stack import StackSettings


def scheduling(settings: StackSettings) -> Scheduling:
    """The scheduling of every pod of a stack."""
    chosen = settings.scheduling
    return Scheduling(
        pull_secret=settings.images.pull_secret,
        priority_class=chosen.priority_class,
        node_selector=chosen.node_selector,
        tolerations=tuple(Toleration(key=one.key, value=one.value, effect=one.effect) for one in chosen.tolerations),
        spread_required=chosen.spread == "required",
    )
