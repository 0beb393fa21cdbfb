"""The command as people and CI call it: exit codes, one sentence, help that teaches, machine-readable where asked."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.deploy.stack_record import StackRecord, write_stack_record
from portal.kubernetes import pods
from tests.command.in_process import portal

PORTAL = Path(sys.executable).with_name("portal")


def test_a_process_of_its_own_has_the_exit_code_and_both_streams(checkout: Checkout) -> None:
    ended = subprocess.run(
        [PORTAL, "check", "--stack", "prod", "--json"], cwd=checkout.root, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "There is no stack" in json.loads(ended.stdout)["findings"][0]["sentence"] + ended.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["check", "--stack", "prod"], 2, "There is no stack"),
        (["check"], 0, ""),
        (["chek"], 2, "No such command"),
        (["plugins", "sentrry"], 2, "Did you mean sentry?"),
        (["up", "--engine", "terraform"], 2, "expected pulumi or kubectl"),
        (["secrets", "set", "lower"], 2, "a name in capital letters"),
    ],
)
def test_exit_codes(checkout: Checkout, words: list[str], code: int, said: str) -> None:
    ended = portal(*words, cwd=checkout.root)
    assert ended.returncode == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_outside_of_a_checkout_it_says_so(tmp_path: Path) -> None:
    ended = portal("check", cwd=tmp_path)
    assert ended.returncode == 2
    assert "Pulumi.yaml" in ended.stderr


@pytest.mark.parametrize("damage", ["<<<<<<< HEAD\n{}\n=======\n", "[]"])
def test_a_schema_that_was_merged_wrongly_is_a_sentence(checkout: Checkout, damage: str) -> None:
    (checkout.app / "config-schema.json").write_text(damage)
    ended = portal("check", cwd=checkout.root)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "app/config-schema.json" in ended.stderr
    assert "portal lock" in ended.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence(checkout: Checkout) -> None:
    checkout.state.write_text("a file where a folder should be")
    ended = portal("secrets", "init", cwd=checkout.root)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert ".portal" in ended.stderr


def test_a_pipe_gets_no_colors_and_no_spinner(checkout: Checkout) -> None:
    for words in (["check"], ["plugins"], ["status"]):
        ended = portal(*words, cwd=checkout.root, TERM="xterm-256color")
        assert "\x1b" not in ended.stdout + ended.stderr


def test_status_speaks_to_machines(checkout: Checkout) -> None:
    status = json.loads(portal("status", "--json", cwd=checkout.root).stdout)
    assert status["notConnected"] == ["GitHub Actions", "Grafana", "Sentry"]


def test_render_writes_one_file_a_resource_without_hashes(checkout: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "old.yaml").parent.mkdir()
    (folder / "old.yaml").write_text("x")
    assert portal("render", "--out", str(folder), cwd=checkout.root).returncode == 0
    names = {path.name for path in folder.iterdir()}
    assert "configmap-backstage-config.yaml" in names
    assert "old.yaml" not in names


def test_a_secret_comes_from_a_pipe_and_is_never_shown(checkout: Checkout) -> None:
    ended = subprocess.run(
        [PORTAL, "secrets", "set", "SENTRY_TOKEN"],
        cwd=checkout.root,
        input="sntrys_canary\n",
        capture_output=True,
        text=True,
        check=True,
    )
    seen = ended.stdout + ended.stderr
    seen += "".join(path.read_text() for path in checkout.state.rglob("*") if path.is_file())
    assert "canary" not in seen
    sentry_on = (
        checkout.stack_file("local").read_text().replace("sentry: {connected: false}", "sentry: {connected: true}")
    )
    checkout.stack_file("local").write_text(sentry_on)
    assert portal("check", cwd=checkout.root).returncode == 0


def test_secrets_of_a_shared_stack_go_into_its_file_and_keep_its_comments(checkout: Checkout) -> None:
    file = checkout.stack_file("shared")
    file.write_text(
        "# who looks after it\nconfig:\n  portal:target: kubernetes  # any cluster\n"
        "  portal:url: https://portal.acme.example\n  portal:signIn: {provider: guest}\n"
    )
    ended = portal("secrets", "init", "--stack", "shared", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p")
    assert ended.returncode == 0, ended.stderr
    text = file.read_text()
    assert "# who looks after it" in text
    assert "# any cluster" in text
    assert text.count("secure:") == 3
    again = portal("secrets", "init", "--stack", "shared", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="p")
    assert "nothing: all are there" in again.stdout
    assert file.read_text() == text
    assert (
        portal("secrets", "init", "--stack", "shared", cwd=checkout.root, PULUMI_CONFIG_PASSPHRASE="").returncode == 2
    )


def test_nothing_of_a_refused_up_is_left(checkout: Checkout) -> None:
    checkout.portal_file.write_text("backstage: 1.55.0\n")
    ended = portal("up", cwd=checkout.root)
    assert ended.returncode == 2
    assert not checkout.state.exists()


def test_check_speaks_to_machines_and_keeps_its_exit_code(checkout: Checkout) -> None:
    """Findings of the checks and findings of reading have one shape, and nothing else is on standard output."""
    fine = portal("check", "--json", cwd=checkout.root)
    assert (fine.returncode, json.loads(fine.stdout)["findings"]) == (0, [])
    text = checkout.portal_file.read_text()
    for wrong, key in ((f"{text}\nplugin: []\n", "plugin"), (f"{text}\n  backend: {{cors: 7}}\n", "backend.cors")):
        checkout.portal_file.write_text(wrong)
        ended = portal("check", "--json", cwd=checkout.root)
        assert ended.returncode == 2
        found = json.loads(ended.stdout)["findings"]
        assert found[0]["file"] == "portal.yaml"
        assert found[0]["line"] > 1 or found[0]["key"]
        assert {"key", "got", "allowed", "fix", "sentence"} <= set(found[0]), key


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["status", "--json", "--stack", "prod"], 2),
        (["logs", "--json"], 1),
        (["logs", "--json", "--since", "soon"], 2),
        (["plugins", "--json", "sentrry"], 2),
        (["build", "--json", "--builder", "kaniko"], 2),
    ],
)
def test_an_error_is_an_object_where_json_is_asked_for(checkout: Checkout, words: list[str], code: int) -> None:
    ended = portal(*words, cwd=checkout.root)
    error = json.loads(ended.stdout)["error"]
    assert (ended.returncode, error["exitCode"]) == (code, code)
    assert error["message"] in ended.stderr
    assert bool(error["findings"]) == (code == 2)


def test_status_does_not_wait_for_what_hangs(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that takes connections and says nothing: the portal's, and its cluster's."""
    assert pods.PATIENCE <= 4
    monkeypatch.setattr(pods, "PATIENCE", 0.5)
    kubeconfig = checkout.root / "kubeconfig"
    write_stack_record(checkout, "local", StackRecord("kubectl", "context", "nowhere", str(kubeconfig)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        kubeconfig.write_text(
            "{apiVersion: v1, kind: Config, contexts: [{name: nowhere, context: {cluster: here, user: me}}],"
            f" clusters: [{{name: here, cluster: {{server: 'https://127.0.0.1:{port}'}}}}],"
            " users: [{name: me, user: {token: t}}]}"
        )
        file = checkout.stack_file("local")
        file.write_text(file.read_text().replace(":7007", f":{port}"))
        began = time.monotonic()
        ended = portal("status", "--json", cwd=checkout.root)
        took = time.monotonic() - began
    answer = json.loads(ended.stdout)
    assert not answer["answers"]
    assert "no answer within" in answer["clusterReason"]
    assert {plugin["state"] for plugin in answer["plugins"]} <= {"unknown", "not connected", "off"}
    # Two seconds on a machine with time for it.
    assert took < 10


def test_doctor_says_which_paths_are_open(checkout: Checkout) -> None:
    ended = portal("doctor", "--json", cwd=checkout.root, TERM="xterm-256color")
    assert "\x1b" not in ended.stdout + ended.stderr
    answer = json.loads(ended.stdout)
    assert {"findings", "caches", "debianPackages"} <= set(answer)
    for path in answer["paths"]:
        assert path["possible"] == (not path["missing"])
    for need in answer["findings"]:
        if not need["here"]:
            assert need.get("fix") or "http" in need["detail"] or "`portal up`" in need["detail"], need["what"]


def test_another_ending_of_yaml_is_seen(checkout: Checkout) -> None:
    checkout.portal_file.rename(checkout.root / "portal.yml")
    assert "Rename portal.yml to portal.yaml." in portal("check", cwd=checkout.root).stderr


def test_a_shell_completes_verbs_and_options() -> None:
    def completed(words: str, index: int) -> set[str]:
        asked = {"_PORTAL_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(index)}
        return set(portal(cwd=Path.cwd(), **asked).stdout.split())

    assert completed("portal st", 1) == {"status"}
    assert "--stack" in completed("portal status --", 2)
