"""Twenty secrets of a portal on AWS show nowhere: neither in what is drawn, nor in what an engine would keep."""

from __future__ import annotations

import json

import pytest

from portal.base.checkout import Checkout
from portal.base.json_types import is_list, is_mapping
from portal.graph.manifests import manifest_files
from portal.graph.mermaid import mermaid
from portal.graph.model import SECRET, Graph
from portal.graph.program import record_stack
from portal.graph.terraform_plan import terraform_plan
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file
from tests.support.aws_graphs import STACKS
from tests.support.checkouts import give_secrets, pretend_built
from tests.support.planted_secrets import LEAST, PLANTED, canary, planted_keys


@pytest.fixture
def config(checkout: Checkout) -> tuple[dict[str, str], list[str]]:
    """The configuration of prod with its own secrets and twenty more, each a canary."""
    checkout.stack_file("prod").write_text(f"{(STACKS / 'prod.yaml').read_text()}{planted_keys()}")
    give_secrets(checkout, "prod")
    with checkout.stack_file("prod").open("a") as file:
        # Below its own, which end the file.
        file.writelines(f"    {name}: {{secure: stored}}\n" for name in PLANTED)
    pretend_built(checkout)
    found, secret_keys = checked_configuration(checkout, read_stack_file(checkout, "prod"))
    names = json.loads(found["portal:secrets"])
    assert set(PLANTED) < set(names)
    planted = {name: canary(name) for name in names}
    return {**found, "portal:secrets": json.dumps(planted)}, secret_keys


@pytest.mark.parametrize("preview", [True, False])
def test_they_are_in_nothing_that_is_drawn(
    preview: bool, config: tuple[dict[str, str], list[str]], checkout: Checkout
) -> None:
    graph = record_stack(checkout, "prod", *config, preview=preview)
    seen = [repr(graph), *manifest_files(graph).values(), mermaid(graph), json.dumps(terraform_plan(graph))]
    assert [one for one in seen if "canary" in one] == []


def test_an_engine_knows_that_they_are_secret(config: tuple[dict[str, str], list[str]], checkout: Checkout) -> None:
    """What an engine gets is marked wherever it has one, so its state has none in plain text."""
    shown = record_stack(checkout, "prod", *config, preview=False, reveal=True)
    hidden = record_stack(checkout, "prod", *config, preview=False)
    open_places = dict(_places(shown))
    canaries = {place for place, text in open_places.items() if "canary" in text}
    assert len({open_places[place] for place in canaries}) >= LEAST
    covered = {place for place, text in _places(hidden) if text == SECRET}
    assert [place for place in canaries if not any(place[: len(one)] == one for one in covered)] == []
    assert "canary" not in json.dumps(shown.outputs)


def _places(graph: Graph) -> list[tuple[tuple[str | int, ...], str]]:
    """Every text of a graph's inputs, by where it is."""
    return [((urn, *path), text) for urn, one in graph.resources.items() for path, text in _texts(one.inputs, ())]


def _texts(value: object, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], str]]:
    if is_mapping(value):
        return [found for key, item in value.items() for found in _texts(item, (*path, key))]
    if is_list(value):
        return [found for index, item in enumerate(value) for found in _texts(item, (*path, index))]
    return [(path, str(value))]
