"""A stack and a secret have one rule for their names, at the command line and in files."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.names import is_secret_name, is_stack_name, require_stack_name
from portal.stackfile.read import read_stack_file
from tests.command.in_process import portal

BAD_STACKS = ["", "..", ".", "a b", "UPPER", "local,x!=y", "a" * 70, "-a", "a-", "a/b", "../x", "a.b", "a_b", "[bold]"]
MORE_BAD_STACKS = ["é", "a\n", "\x1b[31m", "a\x00b", " local"]
BAD_SECRETS = ["", "a", "lower", "A B", "É", "../X", "A-B", "1A", "_A", "A" * 64, "A\n", "ÀB", "[X]", "A.B"]


@pytest.mark.parametrize("name", [*BAD_STACKS, *MORE_BAD_STACKS])
def test_a_stack_has_a_name_that_fits_everywhere(checkout: Checkout, name: str) -> None:
    assert not is_stack_name(name)
    with pytest.raises(InputError):
        require_stack_name(name)
    with pytest.raises(InputError):
        read_stack_file(checkout, name)


@pytest.mark.parametrize("name", ["a b", "UPPER", "local,x!=y", "[/x]", "\x1b]52;c;eA==\x07", ".."])
@pytest.mark.parametrize("words", [["check"], ["status"], ["logs"], ["down"], ["secrets", "init"], ["render"]])
def test_every_verb_refuses_another_one(checkout: Checkout, words: list[str], name: str) -> None:
    ended = portal(*words, "--stack", name, cwd=checkout.root)
    assert ended.returncode == 2
    assert "a stack's name" in ended.stderr
    assert "\x1b" not in ended.stderr
    assert not checkout.state.exists()


@pytest.mark.parametrize("given", ["stacks/Pulumi.local.yaml", "Pulumi.local.yaml", "/x/Pulumi.local.yml", "LOCAL"])
def test_a_file_in_its_place_is_understood(given: str) -> None:
    with pytest.raises(InputError) as caught:
        require_stack_name(given)
    assert "Write local" in caught.value.sentence


def test_a_file_with_another_name_is_named(checkout: Checkout) -> None:
    checkout.stack_file("local").rename(checkout.stacks / "Pulumi.Local Stack.yaml")
    ended = portal("check", "--all", cwd=checkout.root)
    assert ended.returncode == 2
    assert "stacks/Pulumi.Local Stack.yaml: got" in ended.stderr


@pytest.mark.parametrize("name", BAD_SECRETS)
def test_a_secret_has_a_name_that_is_a_file_too(checkout: Checkout, name: str) -> None:
    assert not is_secret_name(name)
    ended = portal("secrets", "set", "--", name, cwd=checkout.root)
    assert ended.returncode == 2
    assert "a name in capital letters" in ended.stderr
    assert is_secret_name("SENTRY_TOKEN")
