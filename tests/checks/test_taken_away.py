"""What appConfig takes away is said."""

from __future__ import annotations

from portal.base.checkout import Checkout
from portal.checks.taken_away import notices
from tests.support.shared_stack import SECRETS, nested, sentences, shared

LOCATION = {"type": "url", "target": "https://github.com/acme/catalog/blob/main/all.yaml"}


def test_a_list_that_drops_entries_is_told(checkout: Checkout) -> None:
    plan = shared(checkout, appConfig={"catalog": {"locations": [LOCATION]}})
    assert notices(plan) == [
        (
            "stacks/Pulumi.test.yaml: appConfig.catalog.locations replaces a list of 1, and drops 1 of them:"
            " ./content/catalog/all.yaml"
        )
    ]


def test_a_key_without_a_value_that_deletes_something_is_told(checkout: Checkout) -> None:
    (told,) = notices(shared(checkout, appConfig={"kubernetes": None}))
    assert "appConfig.kubernetes has no value, and deletes what is derived there" in told
    assert notices(shared(checkout, appConfig={"home": None})) == []


def test_a_secret_that_nothing_mounts_anymore_is_an_error(checkout: Checkout) -> None:
    plan = shared(checkout, appConfig={"integrations": None})
    assert [one for one in sentences(plan) if "GITHUB_TOKEN, and appConfig took away what reads it" in one]


def test_another_publisher_takes_the_branch_of_the_first_away(checkout: Checkout) -> None:
    chosen = {"type": "awsS3", "awsS3": {"bucketName": "docs", "region": "eu-west-1"}}
    plan = shared(
        checkout, appConfig=nested("techdocs.publisher", chosen), secrets=dict.fromkeys(set(SECRETS) - {"A"}, "v")
    )
    assert plan.app_config.data["techdocs"]["publisher"] == chosen
    assert sentences(plan) == []
