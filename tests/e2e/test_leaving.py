"""Stop and resume, and then nothing is left: the end of the story that test_portal.py begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from portal.deploy.pulumi_cli import pulumi_program
from portal.probe.smoke import fetch
from tests.e2e.browser import visit
from tests.e2e.conftest import URL, Workplace, without_git_changes
from tests.e2e.machine import Machine, look
from tests.support.checkouts import ROOT

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]


def test_down_and_up_resume(workplace: Workplace, browser: Browser, measure: Measure) -> None:
    workplace.run("make", "down")
    assert fetch(URL, timeout=1).status is None
    assert not [line for line in look([Path("/")]).processes if "kube-apiserver" in line]
    ended = workplace.up()
    measure("up: tools built, cluster down", ended.seconds)
    assert ended.seconds < 90
    with visit(browser, URL) as resumed:
        resumed.sign_in()
        resumed.open("/notifications")
        expect(resumed.page.get_by_text("Is the portal real?").first).to_be_visible()
        resumed.require_no_trouble()


def test_a_pulumi_cli_deploys_the_same(workplace: Workplace) -> None:
    """`portal up --engine pulumi`, where kubectl was the engine until now and there is a CLI."""
    workplace.require(engine="kubectl", why="all tests before this one deployed with it")
    if pulumi_program() is None:
        pytest.skip("no Pulumi CLI here: the real engine was not run")
    cluster = workplace.cluster
    workplace.portal("down", "--delete-data")
    workplace.portal("up", "--engine", "pulumi", "--cluster", cluster, *workplace.choice.words("builder"))
    assert fetch(f"{URL}/.backstage/health/v1/readiness").status == 200


def test_down_with_its_data_leaves_no_trace(workplace: Workplace, before: Machine | None) -> None:
    """Processes, mounts, interfaces, filter rules, kernel settings, control groups and files are as they were."""
    workplace.portal("down", "--delete-data")
    assert not workplace.checkout.state.exists()
    if before is None:
        pytest.skip("only the own node leaves nothing: a container engine keeps images, a network and filter rules")
    left = look([ROOT, Path("/tmp")]).difference(before)
    assert not left, "\n".join(left)
    assert without_git_changes(workplace.checkout.root)
