"""dev, staging and prod differ in what their files say, and in nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import read_document
from portal.graph.model import Graph
from tests.support.aws_graphs import STACKS, recorded_file

ENVIRONMENTS = ("dev", "staging", "prod")
_HASH = re.compile(r"-[0-9a-f]{8,}$")


def config_of(stack: str) -> dict[str, Any]:
    file = STACKS / f"{stack}.yaml"
    found = read_document(file, file.name).data["config"]
    assert is_mapping(found)
    return dict(found)


def keys_in(value: object) -> Any:
    """A value's keys without what they say."""
    if is_mapping(value):
        return {key: keys_in(item) for key, item in value.items()}
    return [keys_in(item) for item in value] if is_list(value) else None


def shape(graph: Graph) -> list[Any]:
    """What a graph has, without what is said there: the hash in a name follows from the content."""
    return [
        [one.type, _HASH.sub("", one.name.replace(graph.stack, "STACK")), one.protect, keys_in(one.inputs)]
        for one in graph.resources.values()
    ]


def test_they_say_the_same_things() -> None:
    """Only promotion differs: the first environment takes releases from nowhere."""
    found = {stack: keys_in(config_of(stack)) for stack in ENVIRONMENTS}
    for keys in found.values():
        keys.pop("portal:promotion", None)
    assert found["dev"] == found["staging"] == found["prod"]


@pytest.mark.parametrize("stack", ["dev", "staging"])
def test_no_code_knows_what_an_environment_is_called(stack: str, tmp_path: Path) -> None:
    """The file of one, under the name of another, makes the same portal."""
    file = STACKS / f"{stack}.yaml"
    renamed = tmp_path / "prod.yaml"
    renamed.write_text(file.read_text())
    assert shape(recorded_file(renamed, preview=False)) == shape(recorded_file(file, preview=False))


def test_what_the_foundation_makes_is_what_they_name() -> None:
    """The place in their files has the keys that the foundation's outputs have, and the names that it knows."""
    graph = recorded_file(STACKS / "foundation.yaml", preview=False)
    outputs = graph.outputs["aws"]
    (boundary,) = [one.inputs for one in graph if one.name == "boundary" and one.custom]
    arn = f"arn:aws:iam::{outputs['account']}:policy{boundary['path']}{boundary['name']}"
    for stack in ENVIRONMENTS:
        place = config_of(stack)["portal:aws"]
        assert keys_in(place) == keys_in(outputs)
        assert place["boundary"] == arn
        for known in ("account", "region", "logsBucket", "tags"):
            assert place[known] == outputs[known]
        assert place["cluster"]["name"] == outputs["cluster"]["name"]
        assert place["vpc"]["cidr"] == outputs["vpc"]["cidr"]
        for role, subnets in place["subnets"].items():
            assert [one["cidr"] for one in subnets] == [one["cidr"] for one in outputs["subnets"][role]]
