"""What is generated says what the code says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from docs.generate.__main__ import REFERENCE, generated
from docs.generate.schemas import portal_file_schema, stack_file_schema
from portal.base.yaml_document import read_document
from tests.support.checkouts import ACME, STACKS
from tests.support.editors import accept_in_editor

FILES = generated()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_generated_file_is_up_to_date(name: str) -> None:
    assert (REFERENCE / name).read_text() == FILES[name], "run `make golden`"


def test_nothing_else_lies_among_them() -> None:
    assert sorted(path.name for path in REFERENCE.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("schema", [portal_file_schema, stack_file_schema])
def test_a_schema_is_one(schema: Callable[[], dict[str, Any]]) -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("file", ["portal.yaml", *(f"stacks/Pulumi.{stack}.yaml" for stack in STACKS)])
def test_an_editor_accepts_the_portals_of_the_tests(file: str) -> None:
    accept_in_editor(file, read_document(ACME / file, file).data)


@pytest.mark.parametrize("wrong", [{"plugin": []}, {"plugins": [{"sentry": {"organisation": "acme"}}]}])
def test_an_editor_marks_an_unknown_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        accept_in_editor("portal.yaml", {"backstage": "1.55.0", "organization": "Acme", **wrong})
