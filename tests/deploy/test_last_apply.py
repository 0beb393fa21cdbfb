"""An ``up`` may skip its work only where neither its input nor any object changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.deploy.last_apply import nothing_to_do, write_last_apply
from portal.kubernetes.kubectl import Kubectl


@dataclass(frozen=True)
class OneObject(Kubectl):
    """A cluster with one object of a version."""

    version: list[str] = field(default_factory=lambda: ["1"])

    def read(self, *words: str, patience: int = 10) -> dict[str, Any]:
        metadata = {"name": "backstage", "namespace": "portal", "resourceVersion": self.version[0]}
        return {"items": [{"kind": "Service", "metadata": metadata}]}


@pytest.fixture
def kubectl(checkout: Checkout) -> OneObject:
    return OneObject(Path("kubectl"), "context", None, checkout.state)


def test_before_the_first_up_there_is_everything_to_do(checkout: Checkout, kubectl: OneObject) -> None:
    assert nothing_to_do(checkout, "local", kubectl) is None


def test_the_same_input_and_the_same_objects_are_nothing_to_do(checkout: Checkout, kubectl: OneObject) -> None:
    write_last_apply(checkout, "local", kubectl)
    changes = nothing_to_do(checkout, "local", kubectl)
    assert changes is not None
    assert changes.none
    assert changes.unchanged == 1


def test_an_object_that_somebody_changed_is_looked_at(checkout: Checkout, kubectl: OneObject) -> None:
    write_last_apply(checkout, "local", kubectl)
    kubectl.version[0] = "2"
    assert nothing_to_do(checkout, "local", kubectl) is None


INPUTS = ("portal.yaml", "app/config-schema.json", ".portal/stacks/Pulumi.local.yaml", ".portal/build/images.json")


@pytest.mark.parametrize("changed", [*INPUTS, "__main__.py"])
def test_any_changed_input_is_looked_at(checkout: Checkout, kubectl: OneObject, changed: str) -> None:
    write_last_apply(checkout, "local", kubectl)
    file = checkout.root / changed
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        stream.write("\n# changed\n")
    assert nothing_to_do(checkout, "local", kubectl) is None


def test_a_changed_component_is_looked_at(checkout: Checkout, kubectl: OneObject) -> None:
    write_last_apply(checkout, "local", kubectl)
    (checkout.root / "components").mkdir(exist_ok=True)
    (checkout.root / "components" / "more.py").write_text("x = 1\n")
    assert nothing_to_do(checkout, "local", kubectl) is None
