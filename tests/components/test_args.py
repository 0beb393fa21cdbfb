"""What components are given: by name, unchangeable, in groups; and what they keep on themselves."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
from importlib import import_module

import pulumi
import pytest

import components

MODULES = [import_module(found.name) for found in pkgutil.walk_packages(components.__path__, "components.")]
CLASSES = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__.startswith("components.")
    },
    key=lambda value: value.__qualname__,
)


@pytest.mark.parametrize("cls", [c for c in CLASSES if dataclasses.is_dataclass(c)], ids=lambda cls: cls.__name__)
def test_arguments_are_given_by_name_and_never_change(cls: type) -> None:
    """In a row of several texts nobody sees which of them is missing."""
    fields = dataclasses.fields(cls)
    assert all(field.kw_only for field in fields)
    assert vars(cls)["__dataclass_params__"].frozen
    assert len(fields) <= 12, "what belongs together is a group of its own"


@pytest.mark.parametrize(
    "cls", [c for c in CLASSES if issubclass(c, pulumi.ComponentResource)], ids=lambda cls: cls.__name__
)
def test_a_component_keeps_its_outputs_and_nothing_else(cls: type) -> None:
    """Pulumi's own class has attributes like ``_name``: what else a component kept could replace one of them."""
    outputs = set(inspect.get_annotations(cls))
    own = {name for name in vars(cls) if not name.startswith("__")}
    assert not (outputs | own) & set(dir(pulumi.ComponentResource))
    assert {name for name in cls.__init__.__code__.co_names if f"self.{name} =" in inspect.getsource(cls)} == outputs
    assert not own - outputs
