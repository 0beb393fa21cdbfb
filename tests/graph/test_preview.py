"""What two commits say about every stack, each in its own code's words."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.process import output
from tests.command.in_process import portal
from tests.support.checkouts import ROOT, code_checkout, commit_all

RELEASE = "r-b6a711cf9922"


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """The preview of a change in each place that a person can write to, by stack and when."""
    checkout = code_checkout(tmp_path_factory.mktemp("preview") / "portal")
    shutil.copytree(ROOT / "tests" / "releases" / RELEASE, checkout.releases / RELEASE)
    pinned = checkout.stack_file("local")
    pinned.write_text(pinned.read_text().replace("config:\n", f"config:\n  portal:release: {RELEASE}\n", 1))
    commit_all(checkout.root)
    edit(checkout)
    ended = portal("preview", "--base", "HEAD", "--json", cwd=checkout.root)
    assert ended.returncode == 0, ended.stderr
    assert not (checkout.programs / "preview").exists()
    found = json.loads(ended.stdout)["stacks"]
    return {(one["stack"], one["when"]): one for one in found}


def edit(checkout: Checkout) -> None:
    portal_file, pinned = checkout.portal_file, checkout.stack_file("local")
    portal_file.write_text(portal_file.read_text() + "title: Another title\n")
    pinned.write_text(pinned.read_text() + "  portal:replicas: 2\n")
    other = checkout.stack_file("kubernetes")
    other.write_text(other.read_text() + "  portal:secrets: {PLANTED_TOKEN: {secure: v1:planted-value}}\n")
    code = checkout.root / "portal" / "contract.py"
    code.write_text(code.read_text().replace("DRAIN_SECONDS = 10\n", "DRAIN_SECONDS = 11\n"))


def lines(change: dict[str, Any], title: str) -> list[str]:
    found: list[list[str]] = [one["lines"] for one in change["subjects"] if one["title"] == title]
    return found[0] if found else []


def test_a_stack_that_follows_the_checkout_gets_its_portal_on_merge(answer: dict[tuple[str, str], Any]) -> None:
    assert '+ title: "Another title"' in lines(answer["e2e", "on merge"], "portal.yaml")
    assert '+ app.title: "Another title"' in lines(answer["e2e", "on merge"], "app-config")


def test_a_stack_with_a_release_gets_its_own_settings_and_the_code_on_merge(
    answer: dict[tuple[str, str], Any],
) -> None:
    merged = answer["local", "on merge"]
    assert "+     spec.replicas: 2" in lines(merged, "resources")
    assert "+     spec.template.spec.terminationGracePeriodSeconds: 31" in lines(merged, "resources")
    assert lines(merged, "portal.yaml") == []
    assert merged["release"] == [RELEASE, RELEASE]


def test_what_it_gets_later_is_shown_apart(answer: dict[tuple[str, str], Any]) -> None:
    later = answer["local", "with the next release"]
    assert '+ title: "Another title"' in lines(later, "portal.yaml")
    assert not any("replicas" in line for line in lines(later, "resources"))
    assert later["release"] == [RELEASE, "the next release"]


def test_secrets_are_compared_by_name_only(answer: dict[tuple[str, str], Any]) -> None:
    assert answer["kubernetes", "on merge"]["secrets"] == [{"name": "PLANTED_TOKEN", "state": "added"}]
    assert "planted-value" not in json.dumps(list(answer.values()))


@pytest.mark.parametrize("reference", ["no-such-branch", "--exec=x", ""])
def test_a_base_that_git_does_not_know_is_a_sentence(checkout: Checkout, reference: str) -> None:
    output(["git", "init", "--quiet"], cwd=checkout.root)
    ended = portal("preview", f"--base={reference}", cwd=checkout.root)
    assert ended.returncode == 2
    assert "fetch-depth" in ended.stderr
