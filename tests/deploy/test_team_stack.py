"""A team stack: the user's own backend, the committed file, and nothing chosen on a command line.

The CLI is a script that writes down how it was called: what Pulumi does with that is Pulumi's own matter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.deploy.cluster import LocalCluster
from portal.deploy.context_cluster import ContextCluster
from portal.deploy.down import TEAM as DOWN
from portal.deploy.pulumi_cli import PulumiCli, local_stack_environment
from portal.deploy.run_steps import names_of, run_steps
from portal.deploy.steps.find_cluster import FindCluster
from portal.deploy.steps.open import Open
from portal.deploy.steps.require_stack import RequireStack
from portal.deploy.steps.team_engine import TeamEngine
from portal.deploy.up import TEAM
from portal.models.database.in_cluster import InClusterDatabaseSettings
from portal.plugins.load import load_sign_in
from portal.stack.secrets import generated_names
from tests.command.in_process import portal
from tests.support.checkouts import pretend_built
from tests.support.deployments import Do, WrittenDown, deployment_of, gives, replaced

PORTAL = Path(sys.executable).with_name("portal")

# Writes a line a call: its words and the variables that matter; knows the stacks in $STACKS only.
CLI = """\
#!/bin/sh
printf '%s | %s %s %s\\n' "$*" "$PULUMI_BACKEND_URL" "$PULUMI_CONFIG_PASSPHRASE" "$PULUMI_CONFIG_PASSPHRASE_FILE" \\
  >> "$CALLS"
case "$*" in
  *--show-name*) case " $STACKS " in
    *" shared "*) echo shared ;;
    *" nobackend "*) echo "error: could not get the backend" >&2; exit 255 ;;
    *) echo "error: no stack named 'shared' found" >&2; exit 255 ;;
  esac ;;
  "stack ls"*) echo "[]" ;;
esac
"""


class Machine:
    """A machine with a Pulumi CLI, on which ``portal`` runs in a checkout."""

    def __init__(self, checkout: Checkout, folder: Path) -> None:
        self.checkout, self.calls_file, self.bin = checkout, folder / "calls", folder / "bin"
        self.bin.mkdir()
        self.bin.joinpath("pulumi").write_text(CLI)
        self.bin.joinpath("pulumi").chmod(0o755)
        self.environment = {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(self.calls_file),
            "STACKS": "shared",
            "PULUMI_BACKEND_URL": "s3://of-the-user",
            "PULUMI_CONFIG_PASSPHRASE": "of-the-user",
        }

    def portal(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return portal(*words, "--stack", "shared", cwd=self.checkout.root, **{**self.environment, **environment})

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.is_file() else []


@pytest.fixture
def machine(checkout: Checkout, tmp_path: Path) -> Machine:
    """A team stack that was built and has its secrets; nobody answers at its address."""
    names = [*generated_names(InClusterDatabaseSettings), *load_sign_in()["oidc"].secrets]
    checkout.stack_file("shared").write_text(
        checkout.stack_file("local")
        .read_text()
        .replace("target: local", "target: kubernetes\n  portal:cluster: {context: theirs}")
        .replace("localhost:7007", "localhost:1")
        .replace("{provider: guest}", "{provider: oidc, issuer: https://id.acme.example}")
        + "  portal:secrets:\n"
        + "".join(f"    {name}: {{secure: v1:abc:def}}\n" for name in names)
    )
    pretend_built(checkout)
    return Machine(checkout, tmp_path)


def test_up_checks_then_runs_the_cli_with_the_users_own_backend_and_file(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    asked: list[str] = []
    cluster = WrittenDown(machine.checkout, asked)
    steps = replaced(
        TEAM,
        {
            "preflight": Do("preflight", lambda deployment: asked.append(f"the cluster of {deployment.plan.stack}")),
            "find-cluster": gives("find-cluster", cluster),
            "smoke-test": Do("smoke-test", lambda deployment: asked.append(deployment.plan.settings.url)),
        },
    )
    before = machine.checkout.stack_file("shared").read_text()
    run_steps(steps, deployment_of(machine.checkout, "shared"))
    users = "s3://of-the-user of-the-user"
    assert [call.strip() for call in machine.calls] == [
        f"stack --show-name --stack=shared --non-interactive --color=never | {users}",
        f"up --yes --non-interactive --color=never --stack=shared | {users}",
    ]
    # An address of this machine's own: kubectl brings the portal there.
    assert asked == ["the cluster of shared", "open backstage in portal", "http://localhost:1"]
    assert machine.checkout.stack_file("shared").read_text() == before
    assert not machine.checkout.generated_stack_file("shared").exists()


def test_down_takes_what_is_not_protected(machine: Machine) -> None:
    ended = machine.portal("down", "--json")
    assert ended.returncode == 0, ended.stderr
    # In a process of its own, the sentence for people goes to standard error.
    answer = json.loads(ended.stdout[ended.stdout.index("{") :])
    assert (answer["stopped"], answer["dataDeleted"]) == (True, False)
    assert [step["name"] for step in answer["steps"]] == list(names_of(DOWN))
    assert "destroy --exclude-protected --yes" in machine.calls[-1]
    assert "--config-file" not in "".join(machine.calls)


def test_a_cluster_is_forwarded_from_where_the_address_is_this_machines(machine: Machine) -> None:
    deployment = deployment_of(machine.checkout, "shared")
    run_steps((FindCluster(),), deployment)
    assert deployment.get(ContextCluster).cluster.context == "theirs"
    file = machine.checkout.stack_file("shared")
    file.write_text(file.read_text().replace("http://localhost:1", "https://portal.acme.example"))
    elsewhere = deployment_of(machine.checkout, "shared")
    run_steps((FindCluster(), Open()), elsewhere)
    assert elsewhere.find(LocalCluster) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["up", "--engine", "kubectl"], "its team needs the state of pulumi. Leave --engine out"),
        (["up", "--context", "other"], "portal:cluster: {context: ...}` into stacks/Pulumi.shared.yaml"),
        (["up", "--cluster", "kind"], "--cluster is for local stacks"),
        (["up", "--builder", "docker"], "portal build --push"),
        (["down", "--delete-data"], "keep: false"),
    ],
)
def test_what_only_a_stack_of_this_machine_may_is_refused(machine: Machine, words: list[str], said: str) -> None:
    ended = machine.portal(*words)
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert machine.calls == []


def test_a_stack_that_the_backend_does_not_have_names_the_line_to_type(machine: Machine) -> None:
    for verb in ("up", "down"):
        ended = machine.portal(verb, STACKS="")
        assert ended.returncode == 2
        assert "Run `pulumi stack init shared`" in ended.stderr
    assert not [call for call in machine.calls if call.startswith(("up", "destroy"))]


@pytest.mark.parametrize(("known", "made"), [("", True), ("shared", False)])
def test_a_stack_that_was_made_like_another_is_made_in_the_backend(
    known: str, made: bool, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and not by a `down`: its file already says how its secrets are encrypted."""
    for name, value in {**machine.environment, "STACKS": known}.items():
        monkeypatch.setenv(name, value)
    file = machine.checkout.stack_file("shared")
    file.write_text(f"{file.read_text()}  portal:like: dev\n  portal:database: {{keep: false}}\n")
    before = file.read_text()
    deployment = deployment_of(machine.checkout, "shared")
    (require,) = [step for step in TEAM if isinstance(step, RequireStack)]
    run_steps((TeamEngine(), require), deployment)
    inits = [call.partition(" |")[0] for call in machine.calls if call.startswith("stack init")]
    assert inits == (["stack init shared --no-select --non-interactive"] if made else [])
    assert file.read_text() == before
    (strict,) = [step for step in DOWN if isinstance(step, RequireStack)]
    if made:
        with pytest.raises(InputError, match="has no stack shared"):
            run_steps((strict,), deployment)


def test_a_backend_that_is_out_of_reach_is_not_mistaken_for_a_missing_stack(machine: Machine) -> None:
    ended = machine.portal("up", STACKS="nobackend")
    assert ended.returncode == 1
    assert "cannot use its backend (could not get the backend). Run `pulumi login`" in ended.stderr


def test_a_release_has_to_be_built_or_pinned(machine: Machine) -> None:
    machine.checkout.images_file.unlink()
    ended = machine.portal("up")
    assert ended.returncode == 2
    assert "portal:release is workspace, and this checkout has not been built" in ended.stderr
    file = machine.checkout.stack_file("shared")
    file.write_text(f"{file.read_text()}  portal:image: registry.example/portal@sha256:{'1' * 64}\n")
    ended = machine.portal("up")
    assert ended.returncode == 2
    assert "has not built its database's image" in ended.stderr
    assert machine.calls == []


def test_secrets_that_are_generated_for_others_have_to_be_in_the_file(machine: Machine) -> None:
    file = machine.checkout.stack_file("shared")
    file.write_text(file.read_text().replace("    HASH_KEY: {secure: v1:abc:def}\n", ""))
    ended = machine.portal("up")
    assert ended.returncode == 2
    assert "portal:secrets.HASH_KEY: got nothing" in ended.stderr
    assert "portal secrets init --stack shared" in ended.stderr
    assert machine.calls == []


def test_a_stack_of_this_machine_keeps_its_own_backend_and_passphrase(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backend and passphrase in the shell are those of other stacks."""
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    checkout = machine.checkout
    PulumiCli(machine.bin / "pulumi", checkout, "local", local_stack_environment(checkout, "local")).deploy(
        interactive=False
    )
    own = f"file://{checkout.pulumi_backend}  {checkout.passphrase_file('local')}"
    assert all(call.endswith(own) for call in machine.calls)
    assert machine.calls[-1].startswith("up --yes --skip-preview --refresh")
    assert f"--config-file={checkout.generated_stack_file('local')}" in machine.calls[-1]


@pytest.mark.parametrize("there", [True, False])
def test_what_the_cli_keeps_of_such_a_stack_is_in_the_checkout(
    there: bool, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for plugins, which are large: those of the user, or else one folder in our cache, for all checkouts."""
    for name, value in {**machine.environment, "PULUMI_HOME": str(tmp_path / "users")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if there:
        (tmp_path / "users" / "plugins").mkdir(parents=True)
    checkout = machine.checkout
    environment = local_stack_environment(checkout, "local")
    assert environment.environment["PULUMI_HOME"] == str(checkout.pulumi_home)
    PulumiCli(machine.bin / "pulumi", checkout, "local", environment).deploy(interactive=False)
    shared = tmp_path / "users" / "plugins" if there else tmp_path / "cache" / "portal" / "pulumi-plugins"
    assert (checkout.pulumi_home / "plugins").resolve() == shared
    assert checkout.pulumi_home.name in checkout.state_names


def test_the_address_of_its_backend_is_one_in_every_folder() -> None:
    address = local_stack_environment(Checkout(Path("/a b/50%#x?y")), "local").environment["PULUMI_BACKEND_URL"]
    assert address == "file:///a b/50%25%23x%3Fy/.portal/pulumi"
