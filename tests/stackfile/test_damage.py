"""Secrets that cannot be opened are a sentence with key and way out. None of them is lost on top of that."""

from __future__ import annotations

import base64
import errno
import json
import os
from collections.abc import Callable

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.plan import load_plan
from portal.stackfile.generated import (
    opened_configuration,
    remove_secret,
    require_openable,
    store_secret,
    write_generated_stack,
)
from portal.stackfile.passphrase import PassphraseCrypter, UnopenedError, looks_sealed
from portal.stackfile.read import StackFile, placeholder, read_stack_file, stack_decrypter


@pytest.fixture
def stored(checkout: Checkout) -> StackFile:
    """A local stack with a secret from a person."""
    committed = read_stack_file(checkout, "local")
    store_secret(checkout, committed, "SENTRY_TOKEN", "sntrys_value")
    return committed


def opened(checkout: Checkout) -> dict[str, str]:
    return json.loads(opened_configuration(checkout, "local")[0]["portal:secrets"])


SEALED = PassphraseCrypter("", bytes(32)).encrypt("value")
HALF = SEALED[: len(SEALED) // 2]
WRONG = f"v1:{base64.b64encode(bytes(12)).decode()}:{base64.b64encode(bytes(40)).decode()}"


DAMAGED = [
    "",
    "v1",
    "v1:",
    "v1::",
    "v2:AAAA:AAAA",
    "v1:!!:??",
    "v1:AAAA:AAAA",
    "a:b:c:d",
    "ü",
    HALF,
    WRONG,
    f"{SEALED}x",
    "\0",
]


# What is random has no place in a test's name: each process of pytest would have another one.
@pytest.mark.parametrize("sealed", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_value_names_its_key_and_the_way_out(sealed: str, checkout: Checkout) -> None:
    crypter = PassphraseCrypter.create("p")
    checkout.stack_file("dev").write_text(
        f"encryptionsalt: {crypter.salt}\nconfig:\n  portal:target: kubernetes\n"
        f"  portal:secrets:\n    SENTRY_TOKEN: {{secure: {json.dumps(sealed)}}}\n"
    )
    file = read_stack_file(checkout, "dev")
    with pytest.raises(InputError) as caught:
        file.config(stack_decrypter(file, "p"))
    error = caught.value
    assert (error.where, error.key) == ("stacks/Pulumi.dev.yaml:5", "portal:secrets.SENTRY_TOKEN")
    assert "portal secrets set SENTRY_TOKEN --stack dev" in error.sentence
    assert looks_sealed(sealed) <= (sealed == WRONG), (
        "`portal check` sees it too, but for one that only the key refuses"
    )


def test_any_flipped_character_is_found() -> None:
    crypter = PassphraseCrypter.create("p")
    sealed = crypter.encrypt("value")
    for index in range(len(sealed)):
        flipped = sealed[:index] + ("A" if sealed[index] != "A" else "B") + sealed[index + 1 :]
        try:
            assert crypter.decrypt(flipped) == "value", "some bits of base64 mean nothing"
            assert index >= len(sealed) - 4
        except UnopenedError:
            pass


@pytest.mark.parametrize("value", ["hunter2", "[hunter2]", "5", "true", "[]"])
def test_secrets_that_are_no_mapping_are_refused_and_not_shown(value: str, checkout: Checkout) -> None:
    file = checkout.stack_file("local")
    file.write_text(f"{file.read_text().rstrip()}\n  portal:secrets: {value}\n")
    uses: list[Callable[[], object]] = [
        lambda: load_plan(checkout, "local"),
        lambda: read_stack_file(checkout, "local").secrets,
        lambda: write_generated_stack(checkout, read_stack_file(checkout, "local")),
        lambda: store_secret(checkout, read_stack_file(checkout, "local"), "SENTRY_TOKEN", "x"),
    ]
    for use in uses:
        with pytest.raises(InputError, match=r"Pulumi\.local\.yaml:\d+: portal:secrets: got a") as caught:
            use()
        assert "hunter2" not in caught.value.sentence
    assert not checkout.generated_stack_file("local").exists()


@pytest.mark.parametrize("salt", ["5", "[]", "{a: b}", "true"])
def test_a_salt_that_is_no_text_is_refused(salt: str, checkout: Checkout) -> None:
    checkout.stack_file("dev").write_text(f"encryptionsalt: {salt}\nconfig: {{}}\n")
    with pytest.raises(InputError, match=r"encryptionsalt: got a salt in an unknown format"):
        read_stack_file(checkout, "dev")


def test_a_lost_salt_makes_no_secret_empty(checkout: Checkout) -> None:
    sealed = PassphraseCrypter.create("p").encrypt("x")
    checkout.stack_file("dev").write_text(f"config:\n  portal:secrets: {{A: {{secure: '{sealed}'}}}}\n")
    file = read_stack_file(checkout, "dev")
    assert file.config(placeholder)[1] == ["portal:secrets"]
    with pytest.raises(InputError, match="encryptionsalt: got nothing, and the file has encrypted values"):
        stack_decrypter(file, "p")


LOSSES: dict[str, Callable[[Checkout], object]] = {
    "the passphrase": lambda checkout: checkout.passphrase_file("local").unlink(),
    "an empty passphrase": lambda checkout: checkout.passphrase_file("local").write_text(""),
    "a blank passphrase": lambda checkout: checkout.passphrase_file("local").write_text(" \n"),
    "a passphrase of bytes": lambda checkout: checkout.passphrase_file("local").write_bytes(b"\xff\xfe"),
    "another passphrase": lambda checkout: checkout.passphrase_file("local").write_text("another"),
    "the salt": lambda checkout: _replace(checkout, "encryptionsalt: ", "other: "),
    "half of the salt": lambda checkout: _replace(checkout, "encryptionsalt: v1:", "encryptionsalt: v1:AAAA"),
    "the end of the file": lambda checkout: checkout.generated_stack_file("local").write_text("config:\n  portal:se"),
    "all of the file": lambda checkout: checkout.generated_stack_file("local").write_bytes(b""),
    "the file's text": lambda checkout: checkout.generated_stack_file("local").write_bytes(bytes(500)),
    "the mapping": lambda checkout: _replace(checkout, "portal:secrets:", "portal:secrets: x\n  other:"),
}
SEEN_ONLY_BY_ITS_KEY = {"another passphrase", "half of the salt"}


def _replace(checkout: Checkout, old: str, new: str) -> None:
    file = checkout.generated_stack_file("local")
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


@pytest.mark.parametrize("loss", LOSSES)
def test_what_a_local_stack_lost_is_said_and_nothing_is_encrypted_anew(
    loss: str, checkout: Checkout, stored: StackFile
) -> None:
    LOSSES[loss](checkout)
    files = (checkout.passphrase_file("local"), checkout.generated_stack_file("local"))
    before = [file.read_bytes() if file.exists() else None for file in files]
    uses: list[Callable[[], object]] = [
        lambda: opened_configuration(checkout, "local"),
        lambda: store_secret(checkout, stored, "GRAFANA_TOKEN", "x"),
    ]
    if loss not in SEEN_ONLY_BY_ITS_KEY:
        uses += [lambda: require_openable(checkout, "local"), lambda: write_generated_stack(checkout, stored)]
    for use in uses:
        with pytest.raises(InputError) as caught:
            use()
        assert "from a copy" in caught.value.sentence
        assert "sntrys" not in caught.value.sentence
        assert "PULUMI_CONFIG" not in caught.value.sentence, "a local stack reads none of these"
    assert [file.read_bytes() if file.exists() else None for file in files] == before
    # The way out that the sentence names is open.
    load_plan(checkout, "local", complete=False)


def test_storing_and_removing_leave_the_others(checkout: Checkout, stored: StackFile) -> None:
    store_secret(checkout, stored, "GRAFANA_TOKEN", "g")
    before = opened(checkout)
    assert (before["SENTRY_TOKEN"], before["GRAFANA_TOKEN"]) == ("sntrys_value", "g")
    remove_secret(checkout, stored, "GRAFANA_TOKEN")
    assert opened(checkout) == {name: value for name, value in before.items() if name != "GRAFANA_TOKEN"}


def test_what_up_added_stays_where_a_secret_is_stored(checkout: Checkout, stored: StackFile) -> None:
    write_generated_stack(checkout, stored, {"portal:cluster": {"context": "c"}})
    writes: list[Callable[[], object]] = [
        lambda: write_generated_stack(checkout, stored),
        lambda: store_secret(checkout, stored, "GRAFANA_TOKEN", "g"),
    ]
    for write in writes:
        write()
        file = read_stack_file(checkout, "local", checkout.generated_stack_file("local"))
        assert file.values["portal:cluster"] == {"context": "c"}


@pytest.mark.parametrize("first", [True, False])
def test_on_a_full_disk_nothing_is_lost(first: bool, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first write is the passphrase's: an empty one would encrypt everything with nothing."""
    committed = read_stack_file(checkout, "local")
    if not first:
        store_secret(checkout, committed, "SENTRY_TOKEN", "before")

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space left"):
            store_secret(checkout, committed, "SENTRY_TOKEN", "after")
    assert [path.name for path in checkout.state.rglob("*.partial")] == []
    if first:
        assert not checkout.passphrase_file("local").exists()
        store_secret(checkout, committed, "SENTRY_TOKEN", "before")
    assert opened(checkout)["SENTRY_TOKEN"] == "before"


def test_an_empty_passphrase_encrypts_nothing() -> None:
    with pytest.raises(ValueError, match="empty"):
        PassphraseCrypter.create("")
