"""Secrets on the command line: what is stored is read by something, and what is said to be stored is."""

from __future__ import annotations

import json

import pytest

from portal.base.checkout import Checkout
from portal.stackfile.generated import opened_configuration
from portal.stackfile.read import read_stack_file, stack_decrypter
from tests.command.in_process import piped, portal

TEAM = (
    "# Who looks after it: us.\nconfig:\n  portal:target: kubernetes  # any cluster\n"
    "  portal:url: https://portal.acme.example\n  portal:signIn: {provider: guest}\n"
)


def opened(checkout: Checkout) -> dict[str, str]:
    return json.loads(opened_configuration(checkout, "local")[0]["portal:secrets"])


@pytest.mark.parametrize(
    "value", [b"tok-1", b"tok-1\n", b"tok-1\r\n", b"tok-1\r", b"tok-1\n\n", b"\xef\xbb\xbftok-1\r\n"]
)
def test_a_line_break_at_the_end_is_not_part_of_a_secret(checkout: Checkout, value: bytes) -> None:
    ended = piped(value, "secrets", "set", "SENTRY_TOKEN", cwd=checkout.root)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "Stored SENTRY_TOKEN in .portal/stacks/Pulumi.local.yaml, encrypted.\n"
    assert opened(checkout)["SENTRY_TOKEN"] == "tok-1"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SENTRY_TOKEN", b"", "no value was given"),
        ("SENTRY_TOKEN", b"\r\n", "no value was given"),
        ("SENTRY_TOKEN", b"can\r\nary", "line break"),
        ("SENTRY_TOKEN", b"canary\xff", "not UTF-8"),
        ("SENTRY_TOKEN", "canary".encode("utf-16"), "UTF-"),
        ("SENTRY_TOKEN", "canary".encode("utf-16-le"), "UTF-16"),
        ("SENTRY_TOKEN", b"Bearer canary", "which the portal adds"),
        ("SENTRY_TOKEN", b"canary" * 100_000, "more than 256 KiB"),
        ("GITHUB_APP_PRIVATE_KEY", b"canary", "not a whole private key"),
        ("SENTRY_TOKN", b"canary", "Did you mean SENTRY_TOKEN?"),
        ("NOT_A_SECRET", b"canary", "{$secret: NOT_A_SECRET} under portal:appConfig"),
    ],
)
def test_what_is_not_stored_is_said_not_to_be(checkout: Checkout, name: str, value: bytes, said: str) -> None:
    ended = piped(value, "secrets", "set", name, cwd=checkout.root)
    assert ended.returncode == 2
    assert f"{name} is not stored: " in ended.stderr
    assert said in ended.stderr
    assert "canary" not in ended.stdout + ended.stderr
    assert "Stored" not in ended.stdout
    assert not checkout.state.exists()


def test_a_plugin_of_the_library_is_named_where_its_secret_is_not_known_yet(checkout: Checkout) -> None:
    text = checkout.portal_file.read_text()
    without = "\n".join(line for line in text.splitlines() if "sentry" not in line) + "\n"
    checkout.portal_file.write_text(without)
    checkout.stack_file("local").write_text(
        "config:\n  portal:target: local\n  portal:url: http://localhost:7007\n  portal:signIn: {provider: guest}\n"
    )
    ended = piped(b"x", "secrets", "set", "SENTRY_TOKEN", cwd=checkout.root)
    assert ended.returncode == 2
    assert "add the plugin sentry, which reads it, to portal.yaml" in ended.stderr


def test_a_secret_that_app_config_names_can_be_stored(checkout: Checkout) -> None:
    file = checkout.stack_file("local")
    file.write_text(
        f"{file.read_text().rstrip()}\n"
        "  portal:appConfig: {backend: {auth: {keys: [{secret: {$secret: OWN}}]}}}\n"
    )
    assert "OWN" in portal("secrets", "list", cwd=checkout.root).stdout
    refused = portal("check", cwd=checkout.root).stderr
    assert "names the secret OWN, and this stack does not have it" in refused
    assert "`portal secrets set OWN --stack local`" in refused
    assert piped(b"x", "secrets", "set", "OWN", cwd=checkout.root).returncode == 0
    assert "OWN" not in portal("check", cwd=checkout.root).stderr


def test_a_stale_lock_keeps_nobody_from_storing_a_secret(checkout: Checkout) -> None:
    schema = checkout.app / "config-schema.json"
    for damage in ('{"composition": "other", "schemas": []}', "<<<<<<< HEAD", None):
        schema.unlink() if damage is None else schema.write_text(damage)
        for words in (["set", "SENTRY_TOKEN"], ["list"], ["init"], ["remove", "SENTRY_TOKEN"]):
            ended = piped(b"x", "secrets", *words, cwd=checkout.root)
            assert ended.returncode == 0, ended.stderr
    assert portal("check", cwd=checkout.root).returncode == 2


def states(checkout: Checkout, *words: str, **environment: str) -> dict[str, tuple[bool, bool]]:
    answer = json.loads(portal("secrets", "list", "--json", *words, cwd=checkout.root, **environment).stdout)
    return {one["name"]: (one["stored"], one["needed"]) for one in answer["secrets"]}


def test_the_list_says_what_is_stored_what_is_missing_and_who_reads_it(checkout: Checkout) -> None:
    before = states(checkout)
    assert before["SENTRY_TOKEN"] == (False, False)
    assert before["HASH_KEY"] == (False, True)
    piped(b"canary", "secrets", "set", "SENTRY_TOKEN", cwd=checkout.root)
    assert states(checkout)["SENTRY_TOKEN"] == (True, False)
    file = checkout.stack_file("local")
    file.write_text(file.read_text().replace("sentry: {connected: false}", "sentry: {connected: true}"))
    assert states(checkout)["SENTRY_TOKEN"] == (True, True)
    shown = portal("secrets", "list", cwd=checkout.root)
    assert "plugin sentry" in next(line for line in shown.stdout.splitlines() if "SENTRY_TOKEN" in line)
    assert "canary" not in shown.stdout
    portal("secrets", "remove", "SENTRY_TOKEN", cwd=checkout.root)
    missing = portal("secrets", "list", cwd=checkout.root).stdout
    assert any(line.split()[:2] == ["SENTRY_TOKEN", "missing"] for line in missing.splitlines())


def test_a_secret_that_nothing_reads_any_more_is_named_with_its_file_and_goes(checkout: Checkout) -> None:
    file = checkout.stack_file("local")
    before = file.read_text()
    file.write_text(
        f"{before.rstrip()}\n  portal:appConfig: {{backend: {{auth: {{keys: [{{secret: {{$secret: OWN}}}}]}}}}}}\n"
    )
    piped(b"x", "secrets", "set", "OWN", cwd=checkout.root)
    file.write_text(before)
    assert "nothing reads it" in portal("secrets", "list", cwd=checkout.root).stdout
    refused = portal("check", cwd=checkout.root).stderr
    assert ".portal/stacks/Pulumi.local.yaml: portal:secrets.OWN" in refused
    assert "`portal secrets remove OWN --stack local`" in refused
    assert portal("secrets", "remove", "OWN", cwd=checkout.root).stdout == (
        "Removed OWN from .portal/stacks/Pulumi.local.yaml.\n"
    )
    assert portal("check", cwd=checkout.root).returncode == 0
    again = portal("secrets", "remove", "OWN", cwd=checkout.root)
    assert again.returncode == 2
    assert "Nothing is removed" in again.stderr


def test_what_a_stack_cannot_run_without_is_not_removed(checkout: Checkout) -> None:
    portal("secrets", "init", cwd=checkout.root)
    before = opened(checkout)
    for name in before:
        ended = portal("secrets", "remove", name, cwd=checkout.root)
        assert ended.returncode == 2
        assert f"portal secrets set {name}" in ended.stderr
    assert opened(checkout) == before


@pytest.mark.parametrize("key", ["portal:secrets", "secrets"])
def test_secrets_of_a_team_stack_are_set_and_removed_in_its_own_file(checkout: Checkout, key: str) -> None:
    file = checkout.stack_file("team")
    file.write_text(f"{TEAM}  {key}:\n")
    assert portal("secrets", "init", "--stack", "team", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p").returncode == 0
    assert (
        piped(
            b"tok\n",
            "secrets",
            "set",
            "SENTRY_TOKEN",
            "--stack",
            "team",
            cwd=checkout.root,
            PULUMI_CONFIG_PASSPHRASE="p",
        ).returncode
        == 0
    )
    read = read_stack_file(checkout, "team")
    assert json.loads(read.config(stack_decrypter(read, "p"))[0]["portal:secrets"])["SENTRY_TOKEN"] == "tok"
    removed = portal("secrets", "remove", "SENTRY_TOKEN", "--stack", "team", cwd=checkout.root)
    assert removed.stdout == "Removed SENTRY_TOKEN from stacks/Pulumi.team.yaml.\n"
    text = file.read_text()
    assert "SENTRY_TOKEN" not in text
    assert "# any cluster" in text
    assert text.count("secrets:") == 1
    init = portal("secrets", "init", "--stack", "team", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p")
    assert init.stdout == "Wrote nothing: all are there, in stacks/Pulumi.team.yaml.\n"
    assert file.read_text() == text


def test_a_lost_salt_is_not_replaced(checkout: Checkout) -> None:
    file = checkout.stack_file("team")
    file.write_text(TEAM)
    portal("secrets", "init", "--stack", "team", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p")
    lost = "".join(line for line in file.read_text().splitlines(keepends=True) if "encryptionsalt" not in line)
    file.write_text(lost)
    for verb in ("set", "init"):
        name = ["SENTRY_TOKEN"] if verb == "set" else []
        ended = piped(b"x", "secrets", verb, *name, "--stack", "team", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p")
        assert ended.returncode == 2
        assert "encryptionsalt" in ended.stderr
    assert file.read_text() == lost


def test_a_damaged_value_is_found_by_check_and_can_be_stored_again(checkout: Checkout) -> None:
    file = checkout.stack_file("team")
    file.write_text(TEAM)
    piped(b"x", "secrets", "set", "SENTRY_TOKEN", "--stack", "team", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p")
    file.write_text(file.read_text().replace("secure: v1:", "secure: v1:-"))
    ended = portal("check", "--stack", "team", cwd=checkout.root)
    assert "portal:secrets.SENTRY_TOKEN: got a value that is damaged" in ended.stderr
    assert (
        piped(
            b"x", "secrets", "set", "SENTRY_TOKEN", "--stack", "team", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p"
        ).returncode
        == 0
    )
    assert "damaged" not in portal("check", "--stack", "team", cwd=checkout.root).stderr


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), (b"\xff\xfe", "not UTF-8"), (b"\n", "is empty"), (b"", "is empty")]
)
def test_a_passphrase_file_that_is_none_is_a_sentence(checkout: Checkout, content: bytes | None, said: str) -> None:
    checkout.stack_file("team").write_text(TEAM)
    file = checkout.root / "passphrase"
    if content is not None:
        file.write_bytes(content)
    ended = portal("secrets", "init", "--stack", "team", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE_FILE=str(file))
    assert ended.returncode == 2
    assert said in ended.stderr
    assert str(file) in ended.stderr
    assert ended.stderr.count("\n") == 1
