"""What appConfig takes away is said."""

from __future__ import annotations

from portal.base.checkout import Checkout
from portal.checks.notices import notices
from tests.support.shared_stack import SECRETS, nested, sentences, shared

NOT_HERE = {name: {"enabled": False} for name in ("github-actions", "sentry", "grafana")}
# Something reads the secret A of the tests.
SECRET_IS_READ = nested(
    "proxy.endpoints./x", {"target": "https://x.acme.example", "headers": {"X-Key": {"$secret": "A"}}}
)
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


def test_a_section_that_a_plugin_needs_is_not_deleted_by_an_empty_key(checkout: Checkout) -> None:
    (said,) = sentences(shared(checkout, appConfig={"kubernetes": None, **SECRET_IS_READ}))
    assert "kubernetes has no value, which takes away what the plugin kubernetes needs" in said
    disabled = {**NOT_HERE, "kubernetes": {"enabled": False}}
    assert sentences(shared(checkout, appConfig={"kubernetes": None, **SECRET_IS_READ}, plugins=disabled)) == []


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


def test_a_database_of_others_has_to_allow_the_connections_of_all_pods(checkout: Checkout) -> None:
    external = {"engine": "external", "host": "db.acme.example"}
    (told,) = notices(shared(checkout, database=external, autoscaling={"min": 2, "max": 10}))
    assert "has to allow" in told
    assert "up to 10 pods" in told
    assert notices(shared(checkout, autoscaling={"min": 2, "max": 10})) == []
