"""`portal up --like` makes the file of a stack once, and later moves its end. What does not fit is refused before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from subprocess import CompletedProcess

import pytest

from portal.base.checkout import Checkout
from portal.command.context import Context
from portal.command.stack_like import LikeOptions, prepare_file
from portal.plan import load_plan
from portal.stackfile.passphrase import PassphraseCrypter
from portal.stackfile.read import read_stack_file
from tests.command.in_process import portal
from tests.support.kept_releases import keep_release

NOW = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)
RELEASE = "r-000000000001"
LIKE = ("--like", "kubernetes", "--ttl", "3d", "--file-only")


def up(checkout: Checkout, *words: str, passphrase: str = "of a person") -> CompletedProcess[str]:
    environment = {"PULUMI_CONFIG_PASSPHRASE": passphrase, "PULUMI_CONFIG_PASSPHRASE_FILE": ""}
    return portal("up", "--stack", "pr-123", *words, cwd=checkout.root, **environment)


def prepare(checkout: Checkout, now: datetime = NOW, **options: str) -> str:
    """The text of the file afterwards."""
    prepare_file(Context(checkout.root), "pr-123", LikeOptions(**options), now)
    return checkout.stack_file("pr-123").read_text()


def test_a_team_stack_gets_generated_secrets_and_names_what_is_missing(checkout: Checkout) -> None:
    ended = up(checkout, *LIKE)
    assert ended.returncode == 0, ended.stderr
    file = read_stack_file(checkout, "pr-123")
    assert sorted(file.secrets) == ["DATABASE_PASSWORD", "HASH_KEY", "SESSION_SECRET"]
    opened = PassphraseCrypter.open(str(file.salt), "of a person", "f")
    sealed = [str(value["secure"]) for value in file.secrets.values() if isinstance(value, dict)]
    assert {len(opened.decrypt(text)) for text in sealed} == {64}
    assert (
        "GITHUB_CLIENT_SECRET is missing. Store it with `portal secrets set GITHUB_CLIENT_SECRET --stack pr-123`"
        in (ended.stdout)
    )
    missing = {need.name for need in load_plan(checkout, "pr-123").missing_secrets}
    assert missing == {name for name in missing if f"{name} is missing" in ended.stdout}
    assert "is one of its callback addresses" in ended.stderr


def test_a_local_stack_needs_nothing_else(checkout: Checkout) -> None:
    ended = up(checkout, "--like", "local", "--file-only", passphrase="")
    assert ended.returncode == 0, ended.stderr
    assert "missing" not in ended.stdout
    assert "secrets:" not in checkout.stack_file("pr-123").read_text()
    checked = portal("check", "--stack", "pr-123", cwd=checkout.root)
    assert checked.returncode == 0, checked.stderr


def test_without_a_passphrase_there_is_no_file(checkout: Checkout) -> None:
    ended = up(checkout, *LIKE, passphrase="")
    assert ended.returncode == 2
    assert "passphrase that protects the stack's secrets is not set" in ended.stderr
    assert not checkout.stack_file("pr-123").exists()


def test_the_checks_name_what_is_missing_before_anything_is_deployed(checkout: Checkout) -> None:
    ended = up(checkout, *LIKE[:-1])
    assert ended.returncode == 2
    assert "Run `portal secrets set GITHUB_CLIENT_ID --stack pr-123`" in ended.stderr
    assert checkout.stack_file("pr-123").exists(), "for them to be stored in"


def test_the_same_command_again_changes_nothing(checkout: Checkout) -> None:
    """The end moves only once it is nearer than the lifetime, and secrets stay what they are."""
    first = prepare(checkout, like="local", ttl="3d")
    assert "portal:expires: '2026-12-01T13:00:00Z'" in first
    assert prepare(checkout, NOW + timedelta(minutes=9), like="local", ttl="3d") == first
    assert prepare(checkout, NOW + timedelta(minutes=9)) == first
    later = prepare(checkout, NOW + timedelta(days=1))
    assert later == first.replace("2026-12-01T13", "2026-12-02T13")


def test_without_a_lifetime_it_does_not_end(checkout: Checkout) -> None:
    assert "portal:expires" not in prepare(checkout, like="local")
    assert "portal:expires: '2026-11-29T01:00:00Z'" in prepare(checkout, ttl="12h")


def test_a_release_is_written_and_moved(checkout: Checkout) -> None:
    keep_release(checkout, RELEASE, "1.js")
    assert f"portal:release: {RELEASE}" in prepare(checkout, like="local", release=RELEASE)
    keep_release(checkout, "r-000000000002", "1.js")
    assert "portal:release: r-000000000002" in prepare(checkout, release="r-000000000002")
    assert RELEASE not in prepare(checkout, release="workspace")


def test_a_stack_that_has_no_end_is_left_alone(checkout: Checkout) -> None:
    before = checkout.stack_file("local").read_bytes()
    prepare_file(Context(checkout.root), "local", LikeOptions(), NOW)
    assert checkout.stack_file("local").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--like", "nobody"], 'there is no stack "nobody"'),
        (["--like", "pr-123"], 'there is no stack "pr-123"'),
        (["--like", "../local"], "expected a stack's name"),
        (["--like", "local", "--ttl", "3 days"], '--ttl: got "3 days", expected whole hours or days'),
        (["--like", "local", "--ttl", "91d"], "up to 90d. Write --ttl 3d"),
        (["--ttl", "3d"], "to make it like another one, add --like"),
        (["--like", "local", "--url", "portal.acme.example"], "--url: got"),
        (["--like", "local", "--url", "https://portal.acme.example/x"], "Write https://portal.acme.example."),
        (["--like", "local", "--url", "https://localhost:7100"], "Write http://localhost:7100."),
        (["--like", "local", "--release", RELEASE], "expected a release in releases/"),
        (["--like", "local", "--release", "../../x"], "expected a release in releases/"),
        (["--like", "local", "--file-only", "--json"], "--json: got --file-only as well"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(checkout: Checkout, words: list[str], said: str) -> None:
    before = sorted(checkout.stacks.iterdir())
    ended = up(checkout, *words)
    assert ended.returncode == 2, ended.stderr
    assert said.lower() in ended.stderr.lower()
    assert sorted(checkout.stacks.iterdir()) == before


@pytest.mark.parametrize(
    ("stack", "options", "said"),
    [
        ("pr-123", LikeOptions(like="kubernetes"), "was made like local, not like kubernetes"),
        ("pr-123", LikeOptions(url="http://localhost:9000"), "--url is for a stack that is made now"),
        ("kubernetes", LikeOptions(ttl="3d"), "was not made with --like, and --ttl is for such stacks only"),
        ("kubernetes", LikeOptions(like="local"), "was not made with --like"),
        ("kubernetes", LikeOptions(release="workspace"), "--release is for such stacks only"),
    ],
)
def test_a_file_that_is_there_is_not_made_into_another(
    checkout: Checkout, stack: str, options: LikeOptions, said: str
) -> None:
    prepare(checkout, like="local")
    before = checkout.stack_file(stack).read_bytes()
    with pytest.raises(Exception, match=said):
        prepare_file(Context(checkout.root), stack, options, NOW)
    assert checkout.stack_file(stack).read_bytes() == before
