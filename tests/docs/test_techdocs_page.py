"""The page about TechDocs: its setting is accepted, and of its workflow one job can take the role."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from portal.base.checkout import Checkout
from portal.checks import findings_of_a_drawing
from portal.models.aws.docs import Docs
from portal.plan import load_plan
from tests.stacks.test_docs_publisher import DOCS
from tests.support.aws_graphs import STACKS
from tests.support.checkouts import ROOT
from tests.support.steps import blocks

PAGE = ROOT / "docs" / "how-to" / "publish-techdocs.md"
SETTING, WORKFLOW = (block.text for block in blocks(PAGE, PAGE.name) if block.language == "yml")


@pytest.fixture
def settings(checkout: Checkout) -> Docs:
    """What the page's lines say in the file of a portal on AWS, which the checks accept."""
    text = DOCS.sub(f"  {SETTING.strip().replace(chr(10), chr(10) + '  ')}\n", (STACKS / "prod.yaml").read_text())
    checkout.stack_file("prod").write_text(text)
    plan = load_plan(checkout, "prod")
    assert findings_of_a_drawing(plan) == []
    assert plan.settings.docs is not None
    return plan.settings.docs


def test_the_setting_is_accepted(settings: Docs) -> None:
    assert settings.subjects == ("repo:acme/service:ref:refs/heads/main", "repo:acme/handbook:environment:docs")


def test_only_the_job_that_publishes_can_take_the_role(settings: Docs) -> None:
    """It runs on the branch that the setting means, and uses no environment."""
    reader: Any = YAML(typ="safe", pure=True)
    workflow = reader.load(WORKFLOW)
    assert workflow["permissions"] == {}
    asked = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert asked == {"build": {"contents": "read"}, "publish": {"id-token": "write"}}
    assert "environment" not in workflow["jobs"]["publish"]
    branches = {f"repo:acme/service:ref:refs/heads/{one}" for one in workflow["on"]["push"]["branches"]}
    assert branches <= set(settings.subjects)
