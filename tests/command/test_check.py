"""`portal check --all` looks at everything that a user wrote."""

from __future__ import annotations

import json
from typing import Any

from portal.base.checkout import Checkout
from tests.command.in_process import portal
from tests.support.checkouts import STACKS, give_secrets


def test_every_stack_is_checked_whatever_is_wrong_with_another(checkout: Checkout) -> None:
    checkout.stack_file("broken").write_text("config: []\n")
    ended = portal("check", "--all", cwd=checkout.root)
    assert ended.returncode == 2
    assert ended.stdout.startswith("local: ")
    for stack in {*STACKS, "broken"} - {"local"}:
        assert f"stacks/Pulumi.{stack}.yaml" in ended.stderr
        assert f"{stack}: " not in ended.stdout


def test_with_its_secrets_each_stack_is_accepted(checkout: Checkout) -> None:
    for stack in STACKS:
        give_secrets(checkout, stack)
    ended = portal("check", "--all", cwd=checkout.root)
    assert ended.returncode == 0, ended.stderr
    assert [line.partition(":")[0] for line in ended.stdout.splitlines()] == STACKS


def test_what_is_wrong_for_all_of_them_is_said_once(checkout: Checkout) -> None:
    checkout.portal_file.write_text("backstage: 1.55.0\norganisation: Acme\n")
    ended = portal("check", "--all", cwd=checkout.root)
    assert ended.returncode == 2
    assert ended.stderr.count("organisation") == 1


def test_machines_get_an_answer_for_each(checkout: Checkout) -> None:
    ended = portal("check", "--all", "--json", cwd=checkout.root)
    assert ended.returncode == 2
    answers: list[Any] = []
    rest = ended.stdout.strip()
    while rest:
        answer, end = json.JSONDecoder().raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    assert [answer["stack"] for answer in answers] == STACKS
    assert [answer["stack"] for answer in answers if not answer["findings"]] == ["local"]


def test_a_finding_has_the_id_of_its_check(checkout: Checkout) -> None:
    answer = json.loads(portal("check", "--stack", "kubernetes", "--json", cwd=checkout.root).stdout)
    assert {finding["check"] for finding in answer["findings"]} == {"required-secrets"}
    checkout.portal_file.write_text("backstage: 1.55.0\norganisation: Acme\n")
    answer = json.loads(portal("check", "--json", cwd=checkout.root).stdout)
    assert [finding.get("check") for finding in answer["findings"]] == [None]
