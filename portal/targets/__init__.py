"""Where a stack can run: one module for each target, found by its file. No other code compares a target's name."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from portal.targets.target import Target

__all__ = ["Target", "targets"]


@cache
def targets() -> Mapping[str, Target]:
    """Every target by its name, sorted. A module without ``TARGET`` is not a target."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found = [module.TARGET for module in modules if hasattr(module, "TARGET")]
    return {target.name: target for target in sorted(found, key=lambda target: target.name)}
