"""A database that somebody else made has the name that it has."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from portal.base.pod_environment import literal
from portal.models.database.external import ExternalDatabaseSettings

NAMES = [
    "portal",
    "backstage-prod",
    "portal@project.iam",
    "portal@server",
    "Portal 2",
    "1st",
    "größe",
    'quo"ted',
    "a$(PORTAL_DB_HOST)",
    "x" * 63,
]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_that_postgresql_can_have_is_taken(name: str) -> None:
    settings = ExternalDatabaseSettings.model_validate(
        {"engine": "external", "host": "db.acme.example", "name": name, "user": name}
    )
    assert (settings.name, settings.user) == (name, name)


@pytest.mark.parametrize("name", ["", "x" * 64, "ö" * 32, "a\0b"])
@pytest.mark.parametrize("key", ["name", "user"])
def test_a_name_that_postgresql_would_cut_off_is_refused(name: str, key: str) -> None:
    with pytest.raises(ValidationError, match="1 to 63 bytes"):
        ExternalDatabaseSettings.model_validate({"engine": "external", "host": "db.acme.example", key: name})


@pytest.mark.parametrize(("text", "value"), [("a", "a"), ("$(HOST)", "$$(HOST)"), ("a$$b", "a$$$$b")])
def test_a_variable_of_a_pod_holds_a_text_as_it_is(text: str, value: str) -> None:
    assert literal(text) == value
