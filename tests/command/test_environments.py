"""`portal environments` says of every stack what can be known, replaces its own files only, and shows no secret."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.process import output
from portal.base.yaml_document import parse_documents
from portal.graph import inventory
from portal.graph.environment import MARKER
from portal.plan import load_plan
from tests.command.in_process import portal
from tests.support.checkouts import STACKS, code_checkout, commit_all, give_secrets
from tests.support.fake_api import CONTEXT, Answer, FakeApi, fake_api, listed, write_kubeconfig
from tests.support.kept_releases import keep_release, point_to

RELEASE = "r-000000000001"
RECORDS = "/api/v1/namespaces/prod/configmaps"
AT = "2026-11-27T09:12:00Z"


def described(checkout: Checkout, *words: str) -> CompletedProcess[str]:
    ended = portal("environments", "--owner", "platform", *words, cwd=checkout.root)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def entities(text: str) -> list[dict[str, Any]]:
    return [dict(document.data) for document in parse_documents(text.encode(), "printed")]


def facts(ended: CompletedProcess[str]) -> dict[str, str]:
    """Those of the environment that is printed first."""
    return entities(ended.stdout)[0]["metadata"]["annotations"]


def add(checkout: Checkout, stack: str, *lines: str) -> None:
    file = checkout.stack_file(stack)
    file.write_text("\n".join([file.read_text().rstrip(), *(f"  {line}" for line in lines), ""]))


def test_it_prints_every_stack(checkout: Checkout) -> None:
    ended = described(checkout)
    found = entities(ended.stdout)
    named = [one["metadata"]["name"] for one in found if one["spec"]["type"] == "environment"]
    assert named == STACKS
    assert {one["spec"]["owner"] for one in found} == {"group:default/platform"}
    assert all("system" not in one["spec"] for one in found)
    assert all("portal/verified-at" not in one["metadata"]["annotations"] for one in found)
    assert described(checkout).stdout == ended.stdout


def test_stacks_can_be_chosen_and_have_one_order(checkout: Checkout) -> None:
    one, other = (
        described(checkout, "-s", *order).stdout for order in (("local", "-s", "e2e"), ("e2e", "-s", "local"))
    )
    assert one == other
    assert len(entities(one)) == 6


def test_a_machine_gets_the_facts_and_the_names(checkout: Checkout) -> None:
    answer = json.loads(described(checkout, "--stack", "kubernetes", "--json").stdout)
    assert answer == {
        "environments": [
            {
                "stack": "kubernetes",
                "target": "kubernetes",
                "url": "https://portal.acme.example",
                "release": "workspace",
                "entities": [
                    "resource:environments/kubernetes",
                    "component:environments/kubernetes.backstage",
                    "resource:environments/kubernetes.database",
                ],
            }
        ]
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--owner", "my team"], '--owner: got "my team", expected a reference to an entity of the kind group or user'),
        (["--owner", "component:default/shop"], "--owner: got"),
        (["--owner", "group:My_Team/platform"], "--owner: got"),
        (["--owner", ""], "--owner: got"),
        (["--owner", "a", "--system", "group:default/a"], "--system: got"),
        (["--owner", "a", "--stack", "lcoal"], 'There is no stack "lcoal"'),
        (["--owner", "a", "--stack", "../local"], "--stack: got"),
    ],
)
def test_input_that_cannot_be_is_a_sentence(checkout: Checkout, words: list[str], said: str) -> None:
    ended = portal("environments", *words, cwd=checkout.root)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stdout == ""


def test_references_may_be_short_or_whole(checkout: Checkout) -> None:
    words = ("environments", "--stack", "local", "--system", "teams/developer-portal", "--owner", "User:people/jane")
    spec = entities(portal(*words, cwd=checkout.root).stdout)[0]["spec"]
    assert (spec["owner"], spec["system"]) == ("user:people/jane", "system:teams/developer-portal")


def test_a_file_is_written_only_if_it_changes(checkout: Checkout) -> None:
    file = checkout.root / "environments" / "local.yaml"
    words = ("--stack", "local", "--output", str(file))
    assert described(checkout, *words).stdout == f"Wrote {file}: 1 environment.\n"
    before = file.stat()
    assert json.loads(described(checkout, *words, "--json").stdout)["changed"] is False
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    checkout.stack_file("local").write_text(checkout.stack_file("local").read_text().replace("7007", "7008"))
    assert json.loads(described(checkout, *words, "--json").stdout)["changed"] is True
    assert "http://localhost:7008" in file.read_text()


@pytest.mark.parametrize("text", ["kind: Component\n", "", f"{MARKER} Or so.\n", f"\n{MARKER}\n"])
def test_a_file_of_others_is_not_replaced(checkout: Checkout, text: str) -> None:
    file = checkout.root / "catalog-info.yaml"
    file.write_text(text)
    ended = portal("environments", "--owner", "platform", "--output", str(file), cwd=checkout.root)
    assert ended.returncode == 2
    assert "was not written by `portal environments`" in ended.stderr
    assert "Record the stacks" not in ended.stderr, "it says so at once"
    assert file.read_text() == text


@pytest.mark.parametrize("name", ["/dev/null", "."])
def test_what_is_no_file_is_not_replaced(checkout: Checkout, name: str) -> None:
    ended = portal("environments", "--owner", "platform", "--output", name, cwd=checkout.root)
    assert ended.returncode == 2
    assert f'--output: got "{name}", expected a file.' in ended.stderr
    assert Path("/dev/null").is_char_device()


def test_a_stack_that_cannot_be_recorded_is_there_from_its_file(checkout: Checkout) -> None:
    """And a value that is not valid is left out, as it may hold anything."""
    add(checkout, "local", "portal:release: r-zzz", "portal:nonsense: 1")
    file = checkout.stack_file("local")
    file.write_text(file.read_text().replace("http://localhost", "http://jane:planted-canary@localhost"))
    ended = described(checkout, "--stack", "local")
    (found,) = entities(ended.stdout)
    assert found["metadata"]["annotations"] == {"portal/stack": "local", "portal/target": "local"}
    assert "links" not in found["metadata"]
    assert "local: its portal and database are missing, as it cannot be recorded: " in ended.stderr
    assert "canary" not in ended.stdout + ended.stderr
    (answer,) = json.loads(described(checkout, "--stack", "local", "--json").stdout)["environments"]
    assert answer["incomplete"].startswith("stacks/Pulumi.local.yaml:")
    assert answer["incomplete"].endswith(" (and 2 more)")
    assert answer["entities"] == ["resource:environments/local"]


@pytest.mark.parametrize("text", ["config: {", "", "- 1\n"])
def test_a_file_that_cannot_be_read_leaves_the_name(checkout: Checkout, text: str) -> None:
    checkout.stack_file("local").write_text(text)
    ended = described(checkout)
    assert len(entities(ended.stdout)) == 1 + 2 * 3
    assert ended.stderr.count("cannot be recorded") == 1


def test_stored_secrets_show_nowhere(checkout: Checkout) -> None:
    for stack in STACKS:
        give_secrets(checkout, stack)
    file = checkout.stack_file("kubernetes")
    file.write_text(file.read_text().replace("{secure: stored}", "{secure: planted-canary}"))
    ended = described(checkout, "--json")
    assert "canary" in file.read_text()
    assert "canary" not in ended.stdout + ended.stderr + described(checkout).stdout


def test_an_end_is_read(checkout: Checkout) -> None:
    add(checkout, "local", "portal:expires: 2026-12-01T00:00:00Z")
    found = facts(described(checkout, "--stack", "local"))
    assert found["portal/expires-at"] == "2026-12-01T00:00:00Z"


@pytest.fixture
def api() -> Generator[FakeApi]:
    with fake_api() as running:
        running.says("GET", "/readyz", Answer(200, "ok"))
        yield running


@pytest.fixture
def prod(checkout: Checkout, api: FakeApi, tmp_path: Path) -> Checkout:
    """A stack with a release, in a cluster that answers."""
    keep_release(checkout, RELEASE, "1.js")
    kubeconfig = str(write_kubeconfig(tmp_path, api.url, {}))
    checkout.stack_file("prod").write_text(checkout.stack_file("local").read_text())
    point_to(checkout, "prod", RELEASE)
    add(checkout, "prod", f"portal:cluster: {{context: {CONTEXT}, kubeconfig: {kubeconfig}}}", "portal:namespace: prod")
    return checkout


def record(image: str, at: str = AT) -> dict[str, Any]:
    data = {"release": RELEASE, "program": "", "image": image, "configuration": "c"}
    return {"metadata": {"name": f"verified-{at[-5:-3]}3456789a", "creationTimestamp": at}, "data": data}


def test_when_it_was_verified_is_read_from_the_cluster(prod: Checkout, api: FakeApi) -> None:
    image = load_plan(prod, "prod").image
    api.says("GET", RECORDS, listed("ConfigMap", [record(image), record("another", "2026-11-28T00:00:00Z")]))
    assert "portal/verified-at" not in facts(described(prod, "--stack", "prod"))
    assert api.asked == [], "nobody asked"
    ended = described(prod, "--stack", "prod", "--verified")
    assert facts(ended)["portal/verified-at"] == AT
    assert facts(ended)["portal/release"] == RELEASE
    assert "not known" not in ended.stderr
    (answer,) = json.loads(described(prod, "--stack", "prod", "--verified", "--json").stdout)["environments"]
    assert (answer["verifiedAt"], answer.get("notVerified")) == (AT, None)


@pytest.mark.parametrize("change", [{"release": "r-000000000002"}, {"program": "c" * 40}, {"image": "another"}])
def test_a_record_of_something_else_does_not_count(prod: Checkout, api: FakeApi, change: dict[str, str]) -> None:
    same = record(load_plan(prod, "prod").image)
    other = {**same, "data": {**same["data"], **change}}
    api.says("GET", RECORDS, listed("ConfigMap", [other]))
    ended = described(prod, "--stack", "prod", "--verified")
    assert "portal/verified-at" not in facts(ended)
    assert "prod: when it was verified is not known: no deployment of what the stack points to was verified" in (
        ended.stderr
    )


def test_a_cluster_that_does_not_answer_takes_nothing_away(prod: Checkout, api: FakeApi) -> None:
    api.says("GET", RECORDS, Answer(500, "broken"))
    without = described(prod, "--stack", "prod").stdout
    ended = described(prod, "--stack", "prod", "--verified")
    assert ended.stdout == without
    assert "prod: when it was verified is not known: " in ended.stderr


def test_a_stack_is_described_by_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program does not make, the stack does not have, whatever this checkout's code would make."""
    checkout = code_checkout(tmp_path / "portal")
    component = checkout.root / "components" / "database" / "in_cluster.py"
    code = component.read_text()
    assert "portal:database:InClusterDatabase" in code
    component.write_text(code.replace("portal:database:InClusterDatabase", "portal:database:OfTheProgram"))
    before = commit_all(checkout.root)
    component.write_text(code)
    keep_release(checkout, RELEASE, "1.js")
    (checkout.root / "portal" / "graph" / "inventory.py").rename(tmp_path / "inventory.py")
    old = commit_all(checkout.root)
    (tmp_path / "inventory.py").rename(checkout.root / "portal" / "graph" / "inventory.py")
    commit_all(checkout.root)

    point_to(checkout, "local", RELEASE, before)
    database = entities(described(checkout, "--stack", "local").stdout)[-1]
    assert database["metadata"]["annotations"]["portal/component"] == "portal:database:OfTheProgram"

    point_to(checkout, "local", RELEASE, old)
    ended = described(checkout, "--stack", "local")
    assert len(entities(ended.stdout)) == 1
    assert facts(ended)["portal/program"] == old
    assert "The program of local has no inventory that this version can read. Write a newer commit as `portal:pro" in (
        ended.stderr
    )

    head = output(["git", "rev-parse", "HEAD"], cwd=checkout.root).strip()
    point_to(checkout, "local", RELEASE, head)

    def never(*_: object) -> str:
        raise AssertionError("no process of its own, as it is the same code")

    monkeypatch.setattr(inventory, "output_of_code", never)
    assert len(entities(described(checkout, "--stack", "local").stdout)) == 3
