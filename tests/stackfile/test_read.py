"""What the recorder reads from a stack file is what the Pulumi CLI hands to the program."""

from __future__ import annotations

import json

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.stack.settings import parse_settings
from portal.stackfile.generated import checked_configuration, store_secret, write_generated_stack
from portal.stackfile.passphrase import PassphraseCrypter
from portal.stackfile.read import StackFile, placeholder, read_stack_file, stack_decrypter

BASE = "portal:target: local\n  portal:url: http://localhost:7007\n  portal:signIn: {provider: guest}\n"


def stack(checkout: Checkout, text: str) -> StackFile:
    checkout.stack_file("local").write_text(text)
    return read_stack_file(checkout, "local")


def test_top_level_scalars_are_texts_of_their_values(checkout: Checkout) -> None:
    lines = ["portal:a: 1.60", "portal:b: off", "portal:c: 12:30", "portal:d: '7'", "portal:e: ~", "portal:f: True"]
    text = "\n  ".join(["config:", *lines, "bare: x"])
    config, secret = stack(checkout, text).config(placeholder)
    assert config == {
        "portal:a": "1.6",
        "portal:b": "off",
        "portal:c": "12:30",
        "portal:d": "7",
        "portal:e": "null",
        "portal:f": "true",
        "portal:bare": "x",
    }
    assert secret == []


def test_structures_are_json_with_yaml_1_2_scalars(checkout: Checkout) -> None:
    text = "config:\n  portal:p: {enabled: off, at: 12:30, version: 1.60, on: true, n: 7}\n"
    config, _ = stack(checkout, text).config(placeholder)
    assert json.loads(config["portal:p"]) == {"enabled": "off", "at": "12:30", "version": 1.6, "on": True, "n": 7}


def test_secrets_are_opened_and_their_keys_are_known(checkout: Checkout) -> None:
    crypter = PassphraseCrypter.create("p")
    text = (
        f"encryptionsalt: {crypter.salt}\nconfig:\n"
        f"  portal:secrets: {{A: {{secure: '{crypter.encrypt('a')}'}}}}\n  portal:plain: x\n"
    )
    file = stack(checkout, text)
    config, secret = file.config(stack_decrypter(file, "p"))
    assert json.loads(config["portal:secrets"]) == {"A": "a"}
    assert secret == ["portal:secrets"]
    with pytest.raises(InputError, match="passphrase"):
        stack_decrypter(file, "q")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("portal:title: {secure: v1:x:y}", r"portal:title: got an encrypted value.*Only portal:secrets"),
        (
            "portal:appConfig: {integrations: {github: [{host: github.com, token: {secure: v1:x:y}}]}}",
            r"portal:appConfig\.integrations\.github\[0\]\.token: .*expected \{\$secret: NAME\}",
        ),
        ("portal:appConfig: {secure: v1:x:y}", r"portal:appConfig: got an encrypted value"),
        ("title: {secure: v1:x:y}", r"portal:title: got an encrypted value"),
        ("portal:labels: {team: {secure: v1:x:y}}", r"portal:labels\.team: got an encrypted value"),
    ],
)
def test_what_is_encrypted_elsewhere_would_be_in_the_clear_in_the_cluster(
    checkout: Checkout, line: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        stack(checkout, f"config:\n  {BASE}  {line}\n").config(placeholder)


def test_a_target_that_does_not_verify_is_not_mistaken_for_a_secret(checkout: Checkout) -> None:
    endpoint = "portal:appConfig: {proxy: {endpoints: {/a: {secure: false}}}}"
    assert stack(checkout, f"config:\n  {BASE}  {endpoint}\n").config(placeholder)[1] == []


def test_what_the_engine_calls_secret_is_refused_too(checkout: Checkout) -> None:
    file = stack(checkout, f"config:\n  {BASE}")
    with pytest.raises(InputError, match=r"portal:appConfig: got an encrypted value"):
        parse_settings({**file.config(placeholder)[0], "portal:appConfig": "{}"}, ["portal:appConfig"], file.where)


def test_a_word_that_yaml_1_1_calls_a_boolean_still_switches_a_plugin_off(checkout: Checkout) -> None:
    file = stack(checkout, f"config:\n  {BASE}  portal:plugins: {{sentry: {{enabled: off}}}}\n")
    settings = parse_settings(*file.config(placeholder), file.where)
    assert settings.plugins["sentry"].enabled is False


def test_numbers_arrive_as_text_and_become_numbers(checkout: Checkout) -> None:
    file = stack(checkout, f"config:\n  {BASE}  portal:replicas: 3\n")
    assert parse_settings(*file.config(placeholder), file.where).replicas == 3


def test_errors_name_the_line_of_nested_keys(checkout: Checkout) -> None:
    file = stack(checkout, f"config:\n  {BASE}  portal:resources:\n    cpu: much\n")
    with pytest.raises(InputError, match=r"Pulumi\.local\.yaml:6: portal:resources\.cpu"):
        parse_settings(*file.config(placeholder), file.where)


def test_generated_values_are_written_once_and_private(checkout: Checkout) -> None:
    committed = read_stack_file(checkout, "local")
    before = committed.path.read_text()
    first = write_generated_stack(checkout, committed, {"portal:cluster": {"context": "c"}})
    second = write_generated_stack(checkout, committed, {"portal:cluster": {"context": "d"}})
    assert first.values["portal:secrets"] == second.values["portal:secrets"]
    assert second.values["portal:cluster"] == {"context": "d"}
    assert committed.path.read_text() == before
    for path in (second.path, checkout.passphrase_file("local")):
        assert path.stat().st_mode & 0o077 == 0


def test_a_stored_secret_survives_the_next_up_and_is_never_in_the_clear(checkout: Checkout) -> None:
    committed = read_stack_file(checkout, "local")
    write_generated_stack(checkout, committed, {"portal:cluster": {"context": "c"}})
    store_secret(checkout, committed, "SENTRY_TOKEN", "sntrys_value")
    after = write_generated_stack(checkout, committed, {"portal:cluster": {"context": "c"}})
    assert "sntrys_value" not in after.path.read_text()
    passphrase = checkout.passphrase_file("local").read_text().strip()
    config, _ = after.config(stack_decrypter(after, passphrase))
    assert json.loads(config["portal:secrets"])["SENTRY_TOKEN"] == "sntrys_value"


def test_checking_needs_no_value_of_any_secret(checkout: Checkout) -> None:
    config, secret = checked_configuration(checkout, read_stack_file(checkout, "local"))
    assert set(json.loads(config["portal:secrets"]).values()) == {"[secret]"}
    assert "portal:secrets" in secret
