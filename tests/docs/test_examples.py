"""Every setting has a place on the reference pages, and their examples are what the checks accept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docs.generate.sections import (
    EXAMPLES,
    FOUNDATION,
    PORTAL_FILE,
    STACK,
    Section,
    foundation_example,
    portal_example,
    stack_example,
)
from portal.base.checkout import Checkout
from portal.base.yaml_document import read_document
from portal.base.yaml_text import yaml_text
from portal.checks import findings_of_a_drawing
from portal.deploy.up import check_hooks
from portal.foundation import load_foundation
from portal.graph.refusals import refusals
from portal.models.aws.foundation import FoundationSettings
from portal.models.base import Model
from portal.models.portal_file import PortalFile
from portal.models.stack import StackSettings
from portal.plan import load_plan
from portal.stackfile.read import read_stack_file
from tests.support.checkouts import ACME
from tests.support.editors import accept_in_editor
from tests.support.steps import Reader

# What the examples of single sections are put into: a stack that several people use.
TEAM_STACK = {
    "portal:target": "kubernetes",
    "portal:cluster": {"context": "acme-prod"},
    "portal:url": "https://portal.acme.example",
    "portal:signIn": {"provider": "github"},
    "portal:sources": {"github": {"credential": "app"}},
    "portal:connect": ["github"],
    # A stack that ends has to have it.
    "portal:database": {"keep": False},
}
# The same on AWS, which names its cluster in another place.
ON_AWS = {**{key: value for key, value in TEAM_STACK.items() if key != "portal:cluster"}, "portal:target": "aws"}
ALTERNATIVES = [
    line.strip().removeprefix("# ")
    for section in STACK
    for line in stack_example(section).read_text().splitlines()
    if line.strip().startswith("# portal:")
]


def keys(model: type[Model]) -> list[str]:
    return sorted(field.alias or name for name, field in model.model_fields.items())


def example_of(section: Section) -> Path:
    if section in PORTAL_FILE:
        return portal_example(section)
    return foundation_example(section) if section in FOUNDATION else stack_example(section)


def read(file: Path) -> dict[str, Any]:
    return dict(read_document(file, file.name).data)


def written(file: Path, data: dict[str, Any]) -> None:
    file.write_text(yaml_text(data))


@pytest.mark.parametrize(
    ("model", "sections"), [(PortalFile, PORTAL_FILE), (StackSettings, STACK), (FoundationSettings, FOUNDATION)]
)
def test_every_setting_stands_in_one_section(model: type[Model], sections: tuple[Section, ...]) -> None:
    """A new setting needs a line in docs/generate/sections.py."""
    assert sorted(key for section in sections for key in section.keys) == keys(model)


def test_every_example_belongs_to_a_section() -> None:
    of_stacks = {*map(stack_example, STACK), *map(foundation_example, FOUNDATION)}
    expected = {*map(portal_example, PORTAL_FILE), *of_stacks}
    assert set(EXAMPLES.rglob("*.yaml")) == expected


@pytest.mark.parametrize("section", [*PORTAL_FILE, *STACK, *FOUNDATION], ids=lambda section: section.slug)
def test_an_example_shows_the_keys_of_its_section(section: Section) -> None:
    """Two that exclude each other are shown as a comment."""
    file = example_of(section)
    prefix = "" if section in PORTAL_FILE else "portal:"
    text = file.read_text()
    assert [key for key in section.keys if f"{prefix}{key}:" not in text] == []
    shown = read(file) if section in PORTAL_FILE else read(file)["config"]
    assert {key.removeprefix(prefix) for key in shown} <= set(section.keys)


@pytest.mark.parametrize("section", PORTAL_FILE, ids=lambda section: section.slug)
def test_the_checks_accept_an_example_of_portal_yaml(section: Section, checkout: Checkout) -> None:
    data = {**read(ACME / "portal.yaml"), **read(portal_example(section))}
    accept_in_editor("portal.yaml", data)
    written(checkout.portal_file, data)
    Reader(checkout, lambda: checkout.root).run(["portal", "lock"])
    sources = [next(iter(choice)) for choice in data["sources"]]
    require_accepted(checkout, {"portal:sources": {name: {"credential": "token"} for name in sources}})


@pytest.mark.parametrize("section", STACK, ids=lambda section: section.slug)
def test_the_checks_accept_an_example_of_a_stack(section: Section, checkout: Checkout) -> None:
    require_accepted(checkout, read(stack_example(section))["config"])


def test_the_checks_accept_the_examples_of_a_foundation(checkout: Checkout) -> None:
    """Together they are one foundation: each section has keys that the others need."""
    data = {key: value for section in FOUNDATION for key, value in read(foundation_example(section))["config"].items()}
    accept_in_editor("foundation", {"config": data})
    written(checkout.stack_file("foundation"), {"config": data})
    foundation = load_foundation(checkout, "foundation")
    assert foundation is not None
    assert refusals(checkout, foundation) == []


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_the_checks_accept_what_an_example_has_as_a_comment(alternative: str, checkout: Checkout) -> None:
    file = checkout.root / "alternative.yaml"
    file.write_text(alternative)
    require_accepted(checkout, read(file))


def require_accepted(checkout: Checkout, config: dict[str, Any]) -> None:
    """A team stack with these keys is accepted by the checks, but for secrets that nobody has given, and by editors."""
    data = {"config": {**(ON_AWS if "portal:aws" in config else TEAM_STACK), **config}}
    accept_in_editor("stacks/Pulumi.example.yaml", data)
    written(checkout.stack_file("example"), data)
    plan = load_plan(checkout, "example")
    errors = [*findings_of_a_drawing(plan), *check_hooks(plan, read_stack_file(checkout, "example"))]
    assert [sentence for error in errors for sentence in error.sentences] == []
