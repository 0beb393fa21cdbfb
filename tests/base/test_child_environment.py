"""What children see: what they need to reach a registry, and none of what a shell keeps for others."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.base.child_environment import child_environment, whole_environment
from portal.base.process import output, run, run_undisturbed
from tests.support.checkouts import ROOT
from tests.support.python_script import python_script
from tests.support.syntax import nodes_in

SECRETS = (
    *("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_ACCESS_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET"),
    *("ARM_CLIENT_SECRET", "VAULT_TOKEN", "KUBECONFIG", "DATABASE_URL", "OPENAI_API_KEY", "SSH_AUTH_SOCK"),
    *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SENTRY_AUTH_TOKEN", "MY_PROXY_PASSWORD", "DOCKER_AUTH_CONFIG", "A_NEW_SECRET"),
)
NEEDED = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "TERM", "XDG_CACHE_HOME", "USER"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy"),
    *("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
BUILDERS = ("node", "go", "uv", "apt-get", "apt-cache", "dpkg-deb", "strip", "unshare", "nsenter", "git", "sh")
OWN = {
    "node": (
        "npm_config_registry",
        "npm_config_cafile",
        "NPM_CONFIG_REGISTRY",
        "YARN_NPM_REGISTRY_SERVER",
        "NPM_TOKEN",
    ),
    "go": ("GOPROXY", "GOPRIVATE", "GOSUMDB", "GOMODCACHE", "GOCACHE", "GOTOOLCHAIN"),
    "uv": ("UV_INDEX_URL", "UV_CACHE_DIR", "PIP_INDEX_URL"),
    "docker": ("DOCKER_HOST", "DOCKER_CONFIG", "AWS_PROFILE"),
    "kubectl": ("AWS_PROFILE", "GOOGLE_APPLICATION_CREDENTIALS", "VAULT_TOKEN"),
}


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {*SECRETS, *NEEDED, *(name for names in OWN.values() for name in names)} - {"PATH", "HOME", "TMPDIR"}
    for name in names:
        monkeypatch.setenv(name, f"planted {name}")


@pytest.mark.parametrize("program", BUILDERS)
def test_what_builds_sees_no_secret(program: str) -> None:
    seen = child_environment(f"/somewhere/{program}")
    allowed = {"git": {"SSH_AUTH_SOCK"}}.get(program, set[str]())
    assert {name for name in SECRETS if name in seen} - allowed == set()
    assert [name for name in NEEDED if name not in seen and name != "TMPDIR"] == []


@pytest.mark.parametrize("program", OWN)
def test_each_has_its_own_settings(program: str) -> None:
    seen = child_environment(program)
    assert [name for name in OWN[program] if name not in seen] == []
    assert [name for name in seen if name.startswith("PULUMI_")] == []


def test_ours_wins_and_the_users_own_commands_have_everything() -> None:
    assert child_environment("node", {"LANG": "ours", "PULUMI_HOME": "/x"})["LANG"] == "ours"
    assert {*SECRETS, *NEEDED} - {"TMPDIR"} <= set(whole_environment())


def test_every_way_to_run_a_program_uses_it(tmp_path: Path) -> None:
    """A stand-in called `node` prints what it sees."""
    node = tmp_path / "node"
    node.write_text(python_script("import json, os\nprint(json.dumps(dict(os.environ)))\n", "-SE"))
    node.chmod(0o755)
    log = tmp_path / "log"
    run_undisturbed([node], env={"OURS": "1"}, log=log)
    for said in (run([node], env={"OURS": "1"}), output([node], env={"OURS": "1"}), log.read_text().partition("\n")[2]):
        seen = json.loads(said)
        assert seen["OURS"] == "1"
        assert seen["npm_config_registry"] == "planted npm_config_registry"
        assert [name for name in SECRETS if name in seen] == []


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every place in ``portal`` where a program is started."""
    for path in sorted((ROOT / "portal").rglob("*.py")):
        for node in nodes_in(path):
            if isinstance(node, ast.Call) and _name(node.func) in {"subprocess.run", "subprocess.Popen"}:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _name(function: ast.expr) -> str:
    """``module.function`` of a call; nothing for any other shape."""
    match function:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return f"{module}.{name}"
        case _:
            return ""


def test_no_program_is_started_with_the_environment_that_happens_to_be() -> None:
    assert [place for place, call in calls() if "env" not in {keyword.arg for keyword in call.keywords}] == []
    assert len(list(calls())) >= 5


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"])
def test_a_hook_of_git_does_not_lend_us_its_repository(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git sets them for its hooks: our own worktrees would be written over the commit that is being made."""
    monkeypatch.setenv(name, "/somewhere")
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -v")
    found = child_environment("git")
    assert name not in found
    assert found["GIT_SSH_COMMAND"] == "ssh -v"
