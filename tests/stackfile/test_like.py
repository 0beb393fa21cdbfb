"""The file of a stack that is made like another one has the other's settings, and nothing that is the other's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.yaml_document import parse_document
from portal.stackfile import like
from portal.stackfile.like import Own, notes_on, own_address, own_namespace, settings_of, text_like
from portal.stackfile.read import StackFile, read_stack_file

GOLDEN = Path(__file__).parent / "golden"
LIFETIME = {"portal:ttl": "3d", "portal:expires": "2026-12-01T13:00:00Z"}
# What a stack has that has lived for a while.
LIVED = f"""\
  portal:release: r-000000000001
  portal:program: {"b" * 40}
  portal:signedBy: [MCowBQYDK2VwAyEA{"A" * 43}=]
  portal:promotion: {{from: staging}}
  portal:rolledBack: {{r-000000000002: {{reason: slow}}}}
  portal:hotfix: {{release: r-000000000001, reason: urgent}}
  portal:replicas: 3
  portal:secrets:
    SESSION_SECRET: {{secure: "v1:abc:def"}}
encryptionsalt: v1:salt:of-another-stack
secretsprovider: passphrase
"""


def other(checkout: Checkout, stack: str, more: str = "") -> StackFile:
    file = checkout.stack_file(stack)
    file.write_text(file.read_text() + more)
    return read_stack_file(checkout, stack)


def made(checkout: Checkout, file: StackFile, stack: str = "pr-123", url: str | None = None) -> str:
    settings = settings_of(checkout, file)
    own = Own(stack, url or own_address(checkout, file, settings, stack), LIFETIME)
    return text_like(file, settings, own)


@pytest.mark.parametrize("stack", ["kubernetes", "local"])
def test_the_file_is_as_reviewed(
    checkout: Checkout, stack: str, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first(ports: range, _: object) -> int:
        return ports[0]

    monkeypatch.setattr(like, "first_free_port", first)
    text = made(checkout, other(checkout, stack))
    golden = GOLDEN / f"like-{stack}.yaml"
    if update_golden:
        golden.write_text(text)
    assert text == golden.read_text()


def test_nothing_goes_along_that_is_the_others_own(checkout: Checkout) -> None:
    lived = made(checkout, other(checkout, "kubernetes", LIVED))
    assert lived == (GOLDEN / "like-kubernetes.yaml").read_text()
    for word in (
        "v1:abc:def",
        "of-another-stack",
        "secretsprovider",
        "r-00000000000",
        "b" * 40,
        "staging",
        "MCowBQYDK2VwAyEA",
    ):
        assert word not in lived


def test_an_encrypted_value_is_left_out_wherever_it_is(checkout: Checkout) -> None:
    file = other(checkout, "kubernetes", "  aws:secretKey: {secure: 'v1:abc:def'}\n  aws:region: eu-central-1\n")
    text = made(checkout, file)
    assert "v1:abc:def" not in text
    assert "aws:region: eu-central-1" in text
    settings = settings_of(checkout, file)
    notes = list(notes_on(file, settings, Own("pr-123", "https://a.example", LIFETIME)))
    assert "aws:secretKey was left out, because it holds an encrypted value of kubernetes." in notes


def test_a_database_that_others_use_is_not_shared(checkout: Checkout) -> None:
    file = other(checkout, "kubernetes")
    assert "db.acme.example" in file.path.read_text()
    assert "db.acme.example" not in made(checkout, file)


def test_a_database_in_the_cluster_is_another_one_of_the_same_kind(checkout: Checkout) -> None:
    text = made(checkout, other(checkout, "local", "  portal:database: {storage: 8Gi, storageClass: fast}\n"))
    config = parse_document(text.encode(), "f").data["config"]
    assert isinstance(config, dict)
    assert config["portal:database"] == {"storage": "8Gi", "storageClass": "fast", "keep": False}


def test_a_namespace_is_a_name_however_long_the_parts_are() -> None:
    assert own_namespace("portal", "pr-123") == "portal-pr-123"
    first, second = (own_namespace("portal" * 9, f"{'x' * 40}{end}") for end in "ab")
    assert first != second
    assert {len(first), len(second)} <= set(range(50, 64))
    cut_at_a_dash = own_namespace("a" * 53, "b" * 20)
    assert "--" not in cut_at_a_dash
    assert len(cut_at_a_dash) <= 63


def test_an_address_follows_only_from_an_entry_of_its_own(checkout: Checkout) -> None:
    file = other(checkout, "kubernetes")
    settings = settings_of(checkout, file)
    assert own_address(checkout, file, settings, "pr-123") == "https://pr-123.portal.acme.example"
    bare = settings.model_copy(update={"ingress": None})
    with pytest.raises(InputError, match=r"does not follow from that of kubernetes.*--url"):
        own_address(checkout, file, bare, "pr-123")
    long = settings.model_copy(update={"url": "https://" + ".".join(["a" * 61] * 4)})
    with pytest.raises(InputError, match="would be too long"):
        own_address(checkout, file, long, "pr-123")


def test_a_port_of_this_machine_is_one_that_no_stack_has(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[set[int]] = []

    def first(_: range, others: set[int]) -> int:
        taken.append(others)
        return 7100

    monkeypatch.setattr(like, "first_free_port", first)
    file = other(checkout, "local")
    assert own_address(checkout, file, settings_of(checkout, file), "pr-123") == "http://localhost:7100"
    assert 7007 in taken[0], "the port of local, whether it runs or not"


def test_on_this_machine_there_is_no_entry(checkout: Checkout) -> None:
    assert "portal:ingress" not in made(checkout, other(checkout, "kubernetes"), url="http://localhost:7100")


def test_it_is_said_what_a_person_has_to_do(checkout: Checkout) -> None:
    file = other(checkout, "kubernetes")
    settings = settings_of(checkout, file)
    said = "\n".join(notes_on(file, settings, Own("pr-123", "https://pr-123.portal.acme.example", LIFETIME)))
    for words in (
        "https://pr-123.portal.acme.example/api/auth/github/handler/frame is one of its callback addresses",
        "The Secret mirror has to be in the namespace developer-portal-pr-123",
        "The Secret portal-tls has to be",
        "It ends at 2026-12-01T13:00:00Z",
        "No secret of kubernetes was copied",
    ):
        assert words in said
