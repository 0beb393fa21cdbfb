"""A cluster that a stack knows as data is reached through a file that is written where a program needs it.

The API server is on loopback. Its certificate is checked, and so is the signature of each token.
"""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import stat
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from portal.aws.kubeconfig import COMMAND, EksAddress, kubeconfig
from portal.base.checkout import Checkout
from portal.kubernetes.api_errors import CredentialProgramError, UnauthorizedError
from portal.kubernetes.kubeconfig_file import cluster_api, kubeconfig_file
from portal.kubernetes.kubectl import Kubectl
from portal.models.aws.eks_context import EksContext
from portal.models.cluster import Cluster
from portal.node.authority import make_authority
from tests.support.checkouts import ROOT
from tests.support.eks import ADDRESS, accepted, token_of, with_credentials, without_credentials
from tests.support.fake_api import Answer, Asked, FakeApi, fake_api, found, recorded

PATH = "/api/v1/namespaces/portal"
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    make_authority(folder)
    return folder


@pytest.fixture
def eks(authority: Path) -> Generator[FakeApi]:
    """The API of the cluster `acme`, which answers who has a token for it."""

    def answer(asked: Asked) -> Answer:
        token = str(asked.headers["Authorization"]).removeprefix("Bearer ")
        return found({"kind": "Namespace"}) if accepted(token, "acme") else recorded("unauthorized")

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "apiserver.crt", authority / "apiserver.key")
    with fake_api(tls) as running:
        running.says("GET", PATH, answer)
        yield running


@pytest.fixture
def address(eks: FakeApi, authority: Path) -> EksAddress:
    trusted = base64.b64encode((authority / "ca.crt").read_bytes()).decode()
    return replace(ADDRESS, endpoint=eks.url, authority=trusted)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with the command in its environment and nowhere else. Its state is on another disk, by a link."""
    root, state = tmp_path / "a checkout", tmp_path / "another" / "disk"
    for folder in (root, state):
        folder.mkdir(parents=True)
    (root / ".portal").symlink_to(state)
    program = root / COMMAND
    program.parent.mkdir(parents=True)
    words = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from portal.command.main import main; main()"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{words}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    return Checkout(root)


def test_the_client_gets_a_token_by_the_checkouts_own_command(
    eks: FakeApi, address: EksAddress, installed: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder, and with an environment that is not on the PATH. One token is enough for two questions."""
    with_credentials(monkeypatch)
    api = cluster_api(EksContext.of(address), installed)
    assert api.get(PATH) == api.get(PATH) == {"kind": "Namespace"}
    assert len({asked.headers["Authorization"] for asked in eks.asked}) == 1


def test_another_cluster_refuses_the_token(
    address: EksAddress, installed: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_credentials(monkeypatch)
    with pytest.raises(UnauthorizedError):
        cluster_api(EksContext.of(replace(address, name="another")), installed).get(PATH)


def test_without_credentials_the_client_says_what_the_command_said(
    eks: FakeApi, address: EksAddress, installed: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_credentials(monkeypatch)
    with pytest.raises(CredentialProgramError, match="No AWS credentials were found"):
        cluster_api(EksContext.of(address), installed).get(PATH)
    assert eks.asked == []


@needs_kubectl
def test_kubectl_gets_a_token_too(
    eks: FakeApi, address: EksAddress, installed: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_credentials(monkeypatch)
    cluster = EksContext.of(address)
    program = Path(str(shutil.which("kubectl")))
    kubectl = Kubectl(program, cluster.context, kubeconfig_file(cluster, installed), installed.state)
    ended = subprocess.run(kubectl.command("get", f"--raw={PATH}"), capture_output=True, text=True, check=False)
    assert json.loads(ended.stdout or "{}") == {"kind": "Namespace"}, ended.stderr
    assert eks.asked_for("GET", PATH)


def test_the_text_names_the_command_from_the_folder_that_pulumi_runs_its_providers_in(
    address: EksAddress, installed: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the state, the command is not this machine's. A client that reads a text runs it from its own folder."""
    with_credentials(monkeypatch)
    (user,) = json.loads(kubeconfig(address))["users"]
    words = [user["user"]["exec"]["command"], *user["user"]["exec"]["args"]]
    given = subprocess.run(words, cwd=installed.root, capture_output=True, text=True, check=True)
    assert accepted(token_of(json.loads(given.stdout)), "acme")


def test_the_file_is_its_owners_and_has_no_credential(
    address: EksAddress, installed: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_credentials(monkeypatch)
    file = kubeconfig_file(EksContext.of(address), installed)
    assert file is not None
    assert file.parent == installed.kubeconfigs
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (user,) = json.loads(file.read_text())["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == str(installed.root / COMMAND)


def test_what_is_damaged_or_gone_is_written_again(address: EksAddress, installed: Checkout) -> None:
    cluster = EksContext.of(address)
    file = kubeconfig_file(cluster, installed)
    assert file is not None
    whole = file.read_bytes()
    for damage in (b"", b"\xff", whole[:-1]):
        file.write_bytes(damage)
        kubeconfig_file(cluster, installed)
        assert file.read_bytes() == whole
    file.unlink()
    kubeconfig_file(cluster, installed)
    seen = file.stat().st_mtime_ns
    kubeconfig_file(cluster, installed)
    assert file.stat().st_mtime_ns == seen


def test_another_address_is_another_file(address: EksAddress, installed: Checkout) -> None:
    """A command that still has the former one open is not given the new one."""
    other = replace(address, endpoint="https://elsewhere.example")
    assert kubeconfig_file(EksContext.of(address), installed) != kubeconfig_file(EksContext.of(other), installed)


def test_threads_that_need_it_at_once_all_get_it(address: EksAddress, installed: Checkout) -> None:
    """`portal status` asks a cluster several questions at the same time."""
    cluster = EksContext.of(address)
    for _ in range(20):
        with ThreadPoolExecutor(8) as pool:
            files = [one.result() for one in [pool.submit(kubeconfig_file, cluster, installed) for _ in range(8)]]
        (file,) = set(files)
        assert file is not None
        file.unlink()


def test_a_kubeconfig_of_the_users_is_left_alone(installed: Checkout) -> None:
    assert kubeconfig_file(Cluster(context="theirs"), installed) is None
    named = installed.root / "clusters/theirs.yaml"
    assert kubeconfig_file(Cluster(context="theirs", kubeconfig="clusters/theirs.yaml"), installed) == named
    assert not named.exists()
