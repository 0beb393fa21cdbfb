"""A stack takes over a release only if every condition holds, and each condition can refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.base.checkout import Checkout
from portal.base.difference import differences
from portal.base.yaml_document import show_path
from portal.command.verbs import promote as verbs_promote
from portal.deploy import promotion
from portal.plan import load_plan
from portal.release.sbom import write_sbom
from portal.release.signature import sign
from portal.release.signing_keys import key_text
from tests.command.in_process import portal
from tests.support.fake_api import CONTEXT, Answer, FakeApi, fake_api, listed, write_kubeconfig
from tests.support.kept_releases import ADDITIVE, keep_release
from tests.support.signed_releases import sbom

OLD, NEW, OTHER = (f"r-00000000000{number}" for number in (1, 2, 3))
PROGRAM = "b" * 40
# A public key that nobody has the other half of.
SIGNER = f"MCowBQYDK2VwAyEA{'A' * 43}="
RECORDS = "/api/v1/namespaces/staging/configmaps"
COMMENT = "# Reviewed by the platform team."


def write_stack(checkout: Checkout, stack: str, settings: Mapping[str, Any]) -> None:
    lines = [f"  portal:{key}: {json.dumps(value)}" for key, value in settings.items()]
    local = checkout.stack_file("local").read_text()
    checkout.stack_file(stack).write_text("\n".join([local.rstrip(), COMMENT, *lines]) + "\n")


def record(hours: float = 1, **changes: str) -> dict[str, Any]:
    """What a deployment recorded some hours ago."""
    at = datetime.now(UTC) - timedelta(hours=hours)
    image = "registry.acme.example/portal@sha256:" + "cd" * 32
    data = {"release": NEW, "program": PROGRAM, "image": image, "configuration": "c", "asked": "catalog", **changes}
    return {"metadata": {"name": "verified-0123456789", "creationTimestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}"}, "data": data}


@pytest.fixture
def api() -> Generator[FakeApi]:
    with fake_api() as running:
        running.says("GET", "/readyz", Answer(200, "ok"))
        running.says("GET", RECORDS, listed("ConfigMap", [record()]))
        yield running


@pytest.fixture
def stacks(checkout: Checkout, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Staging runs a release that prod may take over. Its program accepts everything."""

    def accepts(*_: object) -> None:
        return None

    monkeypatch.setattr(promotion, "refusal_of_program", accepts)
    keep_release(checkout, OLD, "1.js")
    keep_release(checkout, NEW, "1.js", ADDITIVE)
    kubeconfig = str(write_kubeconfig(tmp_path, api.url, {}))
    cluster = {"context": CONTEXT, "kubeconfig": kubeconfig}
    pointer = {"release": NEW, "program": PROGRAM}
    write_stack(checkout, "staging", {**pointer, "cluster": cluster, "namespace": "staging"})
    write_stack(checkout, "prod", {"release": OLD, "promotion": {"from": "staging"}})
    return checkout


def change(checkout: Checkout, stack: str, old: str, new: str) -> None:
    file = checkout.stack_file(stack)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def refused(checkout: Checkout, *words: str) -> dict[str, str]:
    """The conditions that do not hold, and why; the file of prod is as it was."""
    before = checkout.stack_file("prod").read_text()
    ended = portal("promote", "staging", "prod", "--json", *words, cwd=checkout.root)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert checkout.stack_file("prod").read_text() == before
    answer = json.loads(ended.stdout)
    assert (answer["promoted"], answer["changed"]) == (False, False)
    return {one["name"]: one["reason"] for one in answer["gates"] if not one["passed"]}


def test_it_moves_release_and_program_and_keeps_the_rest(stacks: Checkout) -> None:
    ended = portal("promote", "staging", "prod", cwd=stacks.root)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    text = stacks.stack_file("prod").read_text()
    assert f'portal:release: "{NEW}"' in text or f"portal:release: {NEW}" in text
    assert f"portal:program: {PROGRAM}" in text
    assert COMMENT in text
    assert "portal up --stack prod" in ended.stdout
    again = portal("promote", "staging", "prod", "--json", cwd=stacks.root)
    answer = json.loads(again.stdout)
    assert (answer["promoted"], answer["changed"]) == (True, False)


def test_a_pull_request_has_the_conditions_and_leaves_the_file(
    stacks: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def opened(*words: object) -> str:
        asked.append(words)
        return "https://github.example/7"

    monkeypatch.setattr(verbs_promote, "open_pull_request", opened)
    before = stacks.stack_file("prod").read_text()
    ended = portal("promote", "staging", "prod", "--pr", "--json", cwd=stacks.root)
    answer = json.loads(ended.stdout)
    assert (answer["promoted"], answer["changed"], answer["pullRequest"]) == (False, False, "https://github.example/7")
    assert stacks.stack_file("prod").read_text() == before
    ((_, file, text, release, title, body),) = asked
    assert (file, release, title) == (stacks.stack_file("prod"), NEW, "Promote staging to prod")
    assert f"portal:program: {PROGRAM}" in str(text)
    assert "+ verified: in staging" in str(body)


def test_a_dry_run_changes_nothing(stacks: Checkout) -> None:
    before = stacks.stack_file("prod").read_text()
    ended = portal("promote", "staging", "prod", "--dry-run", cwd=stacks.root)
    assert ended.returncode == 0, ended.stdout
    assert stacks.stack_file("prod").read_text() == before


def no_record(_: Checkout, api: FakeApi) -> None:
    api.says("GET", RECORDS, listed("ConfigMap"))


def another_release(_: Checkout, api: FakeApi) -> None:
    api.says("GET", RECORDS, listed("ConfigMap", [record(release=OTHER)]))


def another_program(_: Checkout, api: FakeApi) -> None:
    api.says("GET", RECORDS, listed("ConfigMap", [record(program="c" * 40)]))


def another_image(_: Checkout, api: FakeApi) -> None:
    api.says("GET", RECORDS, listed("ConfigMap", [record(image="registry.acme.example/portal@sha256:" + "0" * 64)]))


def a_file_that_looks_like_a_record(_: Checkout, api: FakeApi) -> None:
    other = record()
    other["metadata"]["name"] = "verify-files-0123456789"
    api.says("GET", RECORDS, listed("ConfigMap", [other]))


def may_not_read(_: Checkout, api: FakeApi) -> None:
    status = {"kind": "Status", "apiVersion": "v1", "code": 403, "reason": "Forbidden", "message": "no"}
    api.says("GET", RECORDS, Answer(403, status))


def soaks(checkout: Checkout, _: FakeApi) -> None:
    change(checkout, "prod", '{"from": "staging"}', '{"from": "staging", "soakHours": 2}')


def another_order(checkout: Checkout, _: FakeApi) -> None:
    change(checkout, "prod", '"from": "staging"', '"from": "qa"')


def taken_back(checkout: Checkout, _: FakeApi) -> None:
    change(
        checkout, "prod", f'portal:release: "{OLD}"', f'portal:release: "{OLD}"\n  portal:rolledBack: {{{NEW}: {{}}}}'
    )


def ahead(checkout: Checkout, _: FakeApi) -> None:
    keep_release(checkout, OTHER, "1.js", ADDITIVE, "2.js")
    change(checkout, "prod", f'portal:release: "{OLD}"', f'portal:release: "{OTHER}"')


def unrecorded(checkout: Checkout, _: FakeApi) -> None:
    file = checkout.releases / NEW / "release.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "builtFrom": None}))


def unsigned(checkout: Checkout, _: FakeApi) -> None:
    write_stack(checkout, "prod", {"release": OLD, "promotion": {"from": "staging"}, "signedBy": [SIGNER]})
    write_sbom(checkout.releases / NEW, sbom("MIT"))


def lacks_a_secret(checkout: Checkout, _: FakeApi) -> None:
    change(checkout, "prod", "portal:signIn: {provider: guest}", "portal:signIn: {provider: github}")


@pytest.mark.parametrize(
    ("spoil", "name", "said"),
    [
        (no_record, "verified", f"no deployment of {NEW} with program {PROGRAM[:12]} was verified in staging"),
        (another_release, "verified", f"(verified there: {OTHER})"),
        (another_program, "verified", "no deployment of"),
        (another_image, "verified", "no deployment of"),
        (a_file_that_looks_like_a_record, "verified", "no deployment of"),
        (may_not_read, "verified", "the record in the cluster of staging cannot be read"),
        (soaks, "soak time", "1.0 of 2 h"),
        (another_order, "order", "prod takes its releases from qa"),
        (taken_back, "checks", f"{NEW} was rolled back in this stack (no reason given)"),
        (ahead, "migrations only forward", "2.js: it was not reviewed"),
        (unrecorded, "migrations only forward", f"{NEW} does not record its migrations"),
        (lacks_a_secret, "checks", "stacks/Pulumi.prod.yaml"),
        (unsigned, "checks", f"{NEW} is not signed. Sign it with `portal release sign {NEW} --key FILE`"),
    ],
)
def test_each_condition_can_refuse(
    stacks: Checkout, api: FakeApi, spoil: Callable[[Checkout, FakeApi], None], name: str, said: str
) -> None:
    spoil(stacks, api)
    found = refused(stacks)
    assert list(found) == [name]
    assert said in found[name]


def test_a_signed_release_is_taken_over_by_a_stack_that_asks_for_it(stacks: Checkout, api: FakeApi) -> None:
    """Not what it deploys until now has to be signed, but what it takes over."""
    unsigned(stacks, api)
    key = Ed25519PrivateKey.generate()
    change(stacks, "prod", SIGNER, key_text(key.public_key()))
    assert list(refused(stacks)) == ["checks"]
    sign(stacks, NEW, key)
    ended = portal("promote", "staging", "prod", cwd=stacks.root)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert NEW in stacks.stack_file("prod").read_text()


def test_a_plugin_that_is_gone_does_not_hold_up_a_release(stacks: Checkout) -> None:
    """Its schema stays in the database, and nobody looks at it any more."""
    file = stacks.releases / NEW / "release.json"
    content = json.loads(file.read_text())
    del content["plugins"]["notifications"]
    del content["builtFrom"]["migrations"]["@backstage/plugin-notifications-backend"]
    file.write_text(json.dumps(content))
    ended = portal("promote", "staging", "prod", "--dry-run", cwd=stacks.root)
    assert "+ migrations only forward" in ended.stdout


def test_a_checkout_is_no_release(stacks: Checkout) -> None:
    change(stacks, "staging", f'  portal:release: "{NEW}"\n  portal:program: "{PROGRAM}"\n', "")
    assert list(refused(stacks)) == ["committed release"]


@pytest.mark.parametrize("spoil", [soaks, another_order])
def test_a_hotfix_waits_for_nobody_and_is_recorded(
    stacks: Checkout, api: FakeApi, spoil: Callable[[Checkout, FakeApi], None]
) -> None:
    spoil(stacks, api)
    words = ("promote", "staging", "prod", "--hotfix", "sign-in was broken")
    assert portal(*words, cwd=stacks.root).returncode == 0
    assert "reason: sign-in was broken" in stacks.stack_file("prod").read_text()


def test_a_hotfix_has_a_reason(stacks: Checkout) -> None:
    """Without one, it would leave no trace."""
    ended = portal("promote", "staging", "prod", "--hotfix", "", cwd=stacks.root)
    assert ended.returncode == 2
    assert "--hotfix" in ended.stderr


@pytest.mark.parametrize("spoil", [no_record, taken_back, ahead, lacks_a_secret, unsigned])
def test_a_hotfix_is_verified_and_checked_all_the_same(
    stacks: Checkout, api: FakeApi, spoil: Callable[[Checkout, FakeApi], None]
) -> None:
    spoil(stacks, api)
    assert refused(stacks, "--hotfix", "sign-in was broken")


def test_the_next_promotion_ends_a_hotfix(stacks: Checkout) -> None:
    change(
        stacks, "prod", "portal:promotion", f"portal:hotfix: {{release: {OLD}, reason: it burned}}\n  portal:promotion"
    )
    assert portal("promote", "staging", "prod", cwd=stacks.root).returncode == 0
    assert "hotfix" not in stacks.stack_file("prod").read_text()


def test_after_a_promotion_the_stacks_differ_in_what_their_files_say_and_in_nothing_else(stacks: Checkout) -> None:
    other = {"replicas": 3, "title": "Acme in production", "promotion": {"from": "staging"}}
    write_stack(stacks, "prod", {"release": OLD, **other})
    change(stacks, "prod", "portal:url: http://localhost:7007", "portal:url: http://prod.localhost:7008")
    assert portal("promote", "staging", "prod", cwd=stacks.root).returncode == 0
    before = load_plan(stacks, "staging")
    assert before.settings.cluster is not None
    # What follows from whose cluster it is may differ, so both are looked at in the same.
    after = load_plan(stacks, "prod").in_cluster(before.settings.cluster)
    assert (after.release.id, after.settings.program) == (before.release.id, before.settings.program)
    assert after.image == before.image
    assert after.image.endswith("cd" * 32), "the index, which is the same on every platform"
    assert after.resolved.migrations == before.resolved.migrations
    ours = {"app.title", "app.baseUrl", "backend.baseUrl", "backend.cors.origin"}
    for data in (before.app_config.data, after.app_config.data):
        # Instructions for people, with the stack's name in them.
        del data["portal"]["connections"]
    assert {show_path(one.path) for one in differences(before.app_config.data, after.app_config.data)} == ours


def test_a_stack_is_not_promoted_to_itself(stacks: Checkout) -> None:
    ended = portal("promote", "prod", "prod", cwd=stacks.root)
    assert ended.returncode == 2
    assert "two stacks" in ended.stderr
