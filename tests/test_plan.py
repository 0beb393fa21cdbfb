"""A plan is made once for a command: what is found and made on the way goes into it, and nothing is derived twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.checks import check_plan, checked_plan, drawable_plan, findings
from portal.graph.manifests import manifest_files
from portal.graph.program import record_plan
from portal.plan import Plan, load_plan
from portal.release.images import Images
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file

DIGEST = "sha256:" + "7" * 64


@pytest.fixture
def images() -> Images:
    one = {"name": "localhost/portal", "digests": {"linux/amd64": DIGEST}, "origin": "built"}
    return Images.model_validate({"key": "k", "portal": one, "database": one, "base": one})


def deployed(checkout: Checkout, plan: Plan, images: Images, **changes: Any) -> Plan:
    config, keys = checked_configuration(checkout, read_stack_file(checkout, "local"))
    given = {f"portal:{key}": json.dumps(value) for key, value in changes.items()}
    return plan.deployed_with({**config, **given}, keys, images)


def test_a_deployment_has_the_images_that_were_built_after_the_plan_was_made(
    checkout: Checkout, images: Images
) -> None:
    plan = checked_plan(checkout, "local")
    assert DIGEST not in plan.image
    after = deployed(checkout, plan, images, service={"nodePort": 30707})
    assert after.image == f"localhost/portal@{DIGEST}"
    assert after.checked
    assert any(DIGEST in text for text in manifest_files(record_plan(checkout, after)).values())


def test_what_was_checked_is_what_is_deployed(checkout: Checkout, images: Images) -> None:
    """A file that was changed meanwhile is not deployed unchecked."""
    after = deployed(checkout, checked_plan(checkout, "local"), images, signIn={"provider": "github"})
    assert not after.checked
    assert after.app_config.data["portal"]["signIn"] == "github"


def test_the_values_of_secrets_are_in_no_representation(checkout: Checkout) -> None:
    config, keys = checked_configuration(checkout, read_stack_file(checkout, "local"))
    secrets = dict.fromkeys(json.loads(config["portal:secrets"]), "hunter2-canary")
    plan = load_plan(checkout, "local")
    plan = plan.deployed_with({**config, "portal:secrets": json.dumps(secrets)}, keys, plan.release.images)
    assert plan.settings.secrets["HASH_KEY"].get_secret_value() == "hunter2-canary"
    assert "canary" not in f"{plan} {plan!r} {plan.settings} {vars(plan)} {plan.settings.model_dump()}"


def test_a_stack_is_drawn_before_anybody_gave_its_secrets(checkout: Checkout) -> None:
    """A preview of a pull request has none of them; a deployment is refused."""
    plan = drawable_plan(checkout, "kubernetes")
    assert {need.name for need in plan.stand_ins} >= {"HASH_KEY", "DATABASE_PASSWORD", "GITHUB_CLIENT_SECRET"}
    assert record_plan(checkout, plan).of_kind("Deployment")
    with pytest.raises(InputError, match=r"portal:secrets\.HASH_KEY"):
        check_plan(load_plan(checkout, "kubernetes"))


def test_what_is_wrong_besides_is_refused_in_a_drawing_too(checkout: Checkout) -> None:
    file = checkout.stack_file("kubernetes")
    file.write_text(file.read_text().replace("portal:cluster: {context: acme-prod}", ""))
    with pytest.raises(InputError, match="portal:cluster"):
        drawable_plan(checkout, "kubernetes")


def test_generated_secrets_of_a_team_stack_have_to_stand_in_its_file(checkout: Checkout) -> None:
    """The program refuses the stack otherwise; `portal check` said that it was well."""
    missing = {error.key for error in findings(load_plan(checkout, "kubernetes"))}
    assert {"portal:secrets.HASH_KEY", "portal:secrets.SESSION_SECRET"} <= missing
    assert not {error.key for error in findings(load_plan(checkout, "local"))}
