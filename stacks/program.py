"""Choose the module that builds a stack, by its target."""

from __future__ import annotations

from importlib import import_module

from stacks.load import Deployment
from stacks.portal import Portal


def build(deployment: Deployment) -> Portal:
    """Build a stack with the function ``build`` in ``stacks/<target>.py``."""
    module = import_module(f"stacks.{deployment.plan.target.name.replace('-', '_')}")
    portal: Portal = module.build(deployment)
    return portal
