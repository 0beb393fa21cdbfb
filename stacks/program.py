"""Choose the module that builds a stack, by its target."""

from __future__ import annotations

from importlib import import_module

from stacks.exports import Built
from stacks.load import Loaded


def build(loaded: Loaded) -> Built:
    """Build a stack with the function ``build`` in ``stacks/<target>.py``."""
    module = import_module(f"stacks.{loaded.target.name.replace('-', '_')}")
    built: Built = module.build(loaded)
    return built
