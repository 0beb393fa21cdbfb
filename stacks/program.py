"""From a stack's target to the module that builds it."""

from __future__ import annotations

from importlib import import_module

from stacks.load import Deployment
from stacks.portal import Portal


def build(deployment: Deployment) -> Portal:
    """Build what the stack's target says: ``stacks/<target>.py`` has a function ``build`` for it."""
    module = import_module(f"stacks.{deployment.plan.target.name.replace('-', '_')}")
    portal: Portal = module.build(deployment)
    return portal
