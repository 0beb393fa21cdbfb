"""Everybody may do everything only where nobody else can reach the portal, whichever key would say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.checks import findings
from tests.support.app_config import planned

SHARED = {"url": "https://portal.acme.example", "signIn": {"provider": "github"}}
DOORS: list[Mapping[str, Any]] = [
    {"plugins": {"permissions": {"allowAll": True}}},
    {"appConfig": {"permission": {"enabled": False}}},
    {"appConfig": {"permission": {"enabled": "${PORTAL_DB_NAME}"}}},
    {"appConfig": {"permission": None}},
    {"appConfig": {"portal": {"permissions": {"allowAll": True}}}},
    {"appConfig": {"portal": {"permissions": None}}},
    {"appConfig": {"portal": {"permissions": {"administrators": ["group:default/everybody"]}}}},
    {"appConfig": {"portal": {"permissions": {"everyone": ["kubernetes.proxy"]}}}},
    {"appConfig": {"portal": {"permissions": {"owners": []}}}},
]


def sentences(checkout: Checkout, changes: Mapping[str, Any]) -> list[str]:
    """What is said about permissions; a plan for tests lacks secrets too."""
    found = [error.sentence for error in findings(planned(checkout, changes).with_stand_ins())]
    return [one for one in found if "permission" in one]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("stack", [SHARED, {"cluster": {"context": "theirs"}}], ids=["public", "shared cluster"])
def test_every_way_to_give_everybody_everything_is_refused(
    checkout: Checkout, stack: Mapping[str, Any], door: Mapping[str, Any]
) -> None:
    assert sentences(checkout, {**stack, **door})
    assert sentences(checkout, stack) == []


def test_a_setting_is_named_where_it_stands(checkout: Checkout) -> None:
    sentence = next(one for one in sentences(checkout, {**SHARED, **DOORS[0]}) if "allowAll" in one)
    assert "portal:plugins.permissions.allowAll" in sentence
    assert "administrators: group:default/NAME" in sentence


@pytest.mark.parametrize("door", DOORS[:2])
def test_a_private_portal_may_have_it(checkout: Checkout, door: Mapping[str, Any]) -> None:
    assert sentences(checkout, door) == []


@pytest.mark.parametrize(
    "name", ["platform", "Group:default/platform", "group:platform", "group:default/Platform", "user:default/ada", ""]
)
def test_administrators_are_a_group_by_its_whole_reference(checkout: Checkout, name: str) -> None:
    with pytest.raises(InputError, match="group:default/NAME"):
        planned(checkout, {"plugins": {"permissions": {"administrators": name}}})
