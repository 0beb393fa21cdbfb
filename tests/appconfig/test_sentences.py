"""What is said about a wrong app-config: the one thing that is wrong, where it belongs, and never a secret."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.checks.config_schema import check_config_schema
from portal.checks.credentials import check_credentials
from portal.checks.references import check_references
from tests.support.app_config import planned

CANARY = "hunter2-canary"


def sentences(checkout: Checkout, app_config: dict[str, Any]) -> list[str]:
    plan = planned(checkout, {"appConfig": app_config})
    return [error.sentence for check in (check_config_schema, check_references) for error in check(plan)]


@pytest.mark.parametrize(
    "app_config",
    [
        {"integrations": {"github": [{"host": "github.com", "token": [CANARY]}]}},
        {"integrations": {"github": [{"host": "github.com", "apps": CANARY}]}},
        {"integrations": {"github": CANARY}},
        {"integrations": CANARY},
        {"auth": {"session": CANARY}},
        {"auth": {"session": {"secret": [CANARY]}}},
        {"auth": {"session": {"secret": {"value": CANARY}}}},
        {"backend": {"auth": {"externalAccess": CANARY}}},
        {"backend": {"auth": {"externalAccess": [{"type": "static", "options": {"token": [CANARY]}}]}}},
        {"proxy": {"endpoints": {"/x": {"target": "https://a.example", "headers": {"Authorization": [CANARY]}}}}},
        {"proxy": {"endpoints": {"/x": {"target": "https://a.example", "headers": CANARY}}}},
        {"backend": {"database": CANARY}},
        {"techdocs": {"publisher": {"type": "awsS3", "awsS3": {"credentials": {"secretAccessKey": [CANARY]}}}}},
        {"kubernetes": {"clusterLocatorMethods": CANARY}},
    ],
)
def test_no_value_of_a_secret_key_is_repeated(checkout: Checkout, app_config: dict[str, Any]) -> None:
    found = sentences(checkout, app_config)
    assert found
    assert CANARY not in "".join(found)


@pytest.mark.parametrize(
    ("app_config", "said"),
    [
        ({"cors": {"origin": "x"}}, "Write it as backend.cors"),
        ({"proxy": {"/x": {"target": "https://a.example"}}}, "Write it as proxy.endpoints./x"),
        ({"catalog": {"providers": {}}}, "a plugin may bring keys of its own"),
        ({"catalog": {"providerOption": {}}}, "Did you mean providerOptions?"),
        ({"auth": {"enableExperimentalRedirectFlow": True}}, "Write it as enableExperimentalRedirectFlow"),
        ({"backend": {"providers": {"oidc": {"production": {"clientId": "a"}}}}}, "a plugin may bring keys of its own"),
        ({"auth": {"providers": {"github": {"clientId": "a"}}}}, "write it as auth.providers.github.<name>.clientId"),
        ({"integrations": {"bitbucket": []}}, "Write it as integrations.bitbucketCloud (bitbucket.org)"),
        ({"backend": {"cors": {"credentials": "yes"}}}, "Write true or false, without quotes"),
        ({"techdocs": {"publisher": {"type": "awsS4"}}}, "Did you mean awsS3?"),
        ({"catalog": {"rules": {"allow": ["Component"]}}}, "got a mapping, expected a list"),
        ({"backend": {"csp": "none"}}, 'got "none", expected a mapping of keys to values'),
        ({"techdocs": {"publisher": {"type": "awsS4"}}}, 'got "awsS4", expected one of local, awsS3'),
        (
            {"techdocs": {"publisher": {"type": "awsS3", "local": None, "awsS3": {"bucketName": 5, "x": 1}}}},
            "techdocs.publisher.awsS3.x: got a key that no installed package declares",
        ),
        ({"auth": {"providers": {"github": {"$file": "/app/x"}}}}, "got a value that is not shown"),
        (
            {"integrations": {"gitlab": [{"host": "gitlab.com", "token": {"$secret": "NO_TOKEN"}}]}},
            "names the secret NO_TOKEN, and this stack does not have it. Store it with `portal secrets set NO_TOKEN",
        ),
    ],
)
def test_the_one_thing_that_is_wrong_is_said(checkout: Checkout, app_config: dict[str, Any], said: str) -> None:
    found = sentences(checkout, app_config)
    assert any(said in sentence for sentence in found), "\n".join(found)
    for sentence in found:
        assert not {"unexpected)", "{'", "${FILE}"} & set(sentence.split())


def test_a_missing_key_has_the_line_of_what_it_is_missing_from(checkout: Checkout) -> None:
    plan = planned(checkout, {"appConfig": {"integrations": {"gitlab": [{"token": {"$secret": "A"}}]}}})
    (said,) = [error for error in check_config_schema(plan) if "host" in error.key]
    assert said.where == "stacks/Pulumi.test.yaml"


def test_what_is_wrong_with_a_reference_is_said_once(checkout: Checkout) -> None:
    written = {"integrations": {"github": [{"host": "github.com", "apps": [{"$include": "app.yaml"}]}]}}
    plan = planned(checkout, {"appConfig": written})
    assert list(check_config_schema(plan)) == []
    assert any("$include is nothing" in error.sentence for error in check_credentials(plan))
