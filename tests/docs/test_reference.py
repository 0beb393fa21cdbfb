"""What is generated says what the code says."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from docs.generate.__main__ import REFERENCE, generated
from docs.generate.schemas import portal_file_schema, stack_file_schema
from portal.base.yaml_document import read_document
from tests.support.checkouts import ACME, STACKS

FILES = generated()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_generated_file_is_up_to_date(name: str) -> None:
    assert (REFERENCE / name).read_text() == FILES[name], "run `make golden`"


def test_nothing_else_lies_among_them() -> None:
    assert sorted(path.name for path in REFERENCE.iterdir()) == sorted(FILES)


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("portal.yaml", portal_file_schema()),
        *((f"stacks/Pulumi.{stack}.yaml", stack_file_schema()) for stack in STACKS),
    ],
)
def test_an_editor_accepts_the_portals_of_the_tests(file: str, schema: dict[str, Any]) -> None:
    jsonschema.validate(read_document(ACME / file, file).data, schema)


@pytest.mark.parametrize("wrong", [{"plugin": []}, {"plugins": [{"sentry": {"organisation": "acme"}}]}])
def test_an_editor_marks_an_unknown_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"backstage": "1.55.0", "organization": "Acme", **wrong}, portal_file_schema())
