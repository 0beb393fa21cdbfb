"""Names follow what objects hold: a change makes a new object, and the pods that mount it roll."""

from __future__ import annotations

import pytest

from components.content_named import immutable_config_map, immutable_secret
from portal.graph.model import Resource
from tests.components.given import METADATA, only, recorded, secret


def config_map(data: dict[str, str]) -> Resource:
    return only(recorded(lambda opts: immutable_config_map("files", "test", METADATA, data, opts)), "ConfigMap")


def sealed(value: str, fingerprint: str | None = None) -> Resource:
    return only(
        recorded(lambda opts: immutable_secret("files", "test", METADATA, {"key": secret(value, fingerprint)}, opts)),
        "Secret",
    )


def test_the_same_content_has_the_same_name_and_another_content_another() -> None:
    one = config_map({"a": "1", "b": "2"})
    assert one.name == one.inputs["metadata"]["name"]
    assert one.inputs["immutable"] is True
    assert config_map({"b": "2", "a": "1"}).name == one.name
    # A value that moved to another key is another content.
    others = [{"a": "2", "b": "1"}, {"a": "1"}, {"a": "1", "b": "2", "c": ""}, {"a": "12", "b": ""}]
    assert len({one.name, *(config_map(data).name for data in others)}) == 5


def test_a_secret_is_named_by_the_fingerprint_and_holds_the_value_as_a_secret() -> None:
    """A name made of the value would be a secret itself, and unknown in a preview."""
    one = sealed("one", "first")
    assert one.name == one.inputs["metadata"]["name"]
    assert one.secret == {("stringData",)}
    assert not one.unknown
    assert sealed("one", "second").name != one.name
    assert sealed("another", "first").name == one.name


@pytest.mark.parametrize("preview", [True, False])
def test_names_are_known_before_anything_is_made(preview: bool) -> None:
    graph = recorded(lambda opts: immutable_config_map("files", "test", METADATA, {"a": "1"}, opts), preview=preview)
    assert only(graph, "ConfigMap").name == config_map({"a": "1"}).name
