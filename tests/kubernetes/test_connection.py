"""How a cluster is reached, and what is said when it is not: each refusal by its type, with no word of kubectl's.

Servers are on loopback; certificates are made as those of the product's own node are, without the extensions that
newer Pythons ask for.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.base.errors import InputError, PortalError
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import (
    CertificateError,
    ClusterError,
    CredentialProgramError,
    ForbiddenError,
    KubeconfigError,
    UnauthorizedError,
    UnreachableError,
)
from portal.kubernetes.refusal import cluster_refusal
from portal.node.authority import make_authority
from tests.support.fake_api import CONTEXT, FakeApi, api_for, fake_api, found, recorded, write_kubeconfig

PATH = "/api/v1/namespaces/portal"
EXEC = "client.authentication.k8s.io/v1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    make_authority(folder)
    return folder


@pytest.fixture
def fake() -> Generator[FakeApi]:
    with fake_api() as running:
        running.says("GET", PATH, found({"kind": "Namespace"}))
        yield running


@pytest.fixture
def secure(authority: Path) -> Generator[FakeApi]:
    """An API server that takes a certificate of its authority's, and nothing else."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "apiserver.crt", authority / "apiserver.key")
    tls.load_verify_locations(authority / "ca.crt")
    tls.verify_mode = ssl.CERT_OPTIONAL
    with fake_api(tls) as running:
        running.says("GET", PATH, found({"kind": "Namespace"}))
        yield running


def data(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def refused(api: ClusterApi) -> tuple[ClusterError, str]:
    """The error, and the sentence that a person reads."""
    with pytest.raises(ClusterError) as caught:
        api.get(PATH, patience=0.3)
    sentence = getattr(cluster_refusal(caught.value), "sentence", "")
    assert "\n" not in sentence
    return caught.value, sentence


def test_the_current_context_is_never_used(fake: FakeApi, tmp_path: Path) -> None:
    file = write_kubeconfig(tmp_path, fake.url, {})
    kept = json.loads(file.read_text())
    assert kept["current-context"] != CONTEXT
    assert ClusterApi(CONTEXT, file).get(PATH) == {"kind": "Namespace"}
    error, sentence = refused(ClusterApi(kept["current-context"], file))
    assert isinstance(error, KubeconfigError)
    assert f"the kubeconfig has {CONTEXT}" in sentence


def test_nothing_that_listens_is_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error, sentence = refused(api_for(FakeApi(f"http://127.0.0.1:{closed.getsockname()[1]}"), tmp_path))
    assert isinstance(error, UnreachableError)
    assert f"The cluster of context {CONTEXT} does not answer" in sentence
    assert "Connection refused" in sentence


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_cluster_that_takes_connections_and_says_nothing_is_given_up(tmp_path: Path, scheme: str) -> None:
    """It is not asked again either: the time for that is over."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error, sentence = refused(api_for(FakeApi(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"), tmp_path))
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert isinstance(error, UnreachableError)
    assert "no answer within 0.3 s" in sentence


def test_a_name_server_that_says_nothing_is_given_up_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python waits for it as long as the system likes: half a minute, where a VPN is off."""
    ended = threading.Event()

    def silent(*_: object) -> None:
        ended.wait()

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    error, sentence = refused(ClusterApi(CONTEXT, write_kubeconfig(tmp_path, "https://cluster.example", {})))
    ended.set()
    assert isinstance(error, UnreachableError)
    assert "no name server knew cluster.example within 0.3 s" in sentence


def test_credentials_that_are_not_taken(fake: FakeApi, tmp_path: Path) -> None:
    fake.says("GET", PATH, recorded("unauthorized"))
    error, sentence = refused(api_for(fake, tmp_path, {"token": "nonsense"}))
    assert isinstance(error, UnauthorizedError)
    assert "rejects the credentials in the kubeconfig: they have expired" in sentence
    assert "nonsense" not in sentence


def test_an_answer_that_refuses_one_thing_is_not_a_cluster_that_is_not_there(fake: FakeApi, tmp_path: Path) -> None:
    fake.says("GET", PATH, recorded("forbidden-get"))
    error, sentence = refused(api_for(fake, tmp_path))
    assert isinstance(error, ForbiddenError)
    assert sentence == ""
    assert cluster_refusal(PortalError("anything else")) is None


def test_a_certificate_of_another_authority(secure: FakeApi, tmp_path: Path) -> None:
    make_authority(tmp_path / "other")
    file = write_kubeconfig(tmp_path, secure.url, {}, **{"certificate-authority": "other/ca.crt"})
    error, sentence = refused(ClusterApi(CONTEXT, file))
    assert isinstance(error, CertificateError)
    assert f"does not trust the certificate of the cluster of context {CONTEXT} (" in sentence
    # An authority that the machine trusts did not sign it either.
    assert isinstance(refused(ClusterApi(CONTEXT, write_kubeconfig(tmp_path, secure.url, {})))[0], CertificateError)


def test_a_certificate_for_another_name(secure: FakeApi, authority: Path, tmp_path: Path) -> None:
    words = {"certificate-authority-data": data(authority / "ca.crt"), "tls-server-name": "somewhere.example"}
    assert isinstance(
        refused(ClusterApi(CONTEXT, write_kubeconfig(tmp_path, secure.url, {}, **words)))[0], CertificateError
    )
    words["tls-server-name"] = "kubernetes.default"
    assert ClusterApi(CONTEXT, write_kubeconfig(tmp_path, secure.url, {}, **words)).get(PATH)


def test_an_authority_that_another_one_signed_is_trusted_as_kubectl_trusts_it(
    secure: FakeApi, authority: Path, tmp_path: Path
) -> None:
    """Of the chain, the kubeconfig has but the end that is the server's."""
    trusted = {"certificate-authority-data": data(authority / "apiserver.crt")}
    assert ClusterApi(CONTEXT, write_kubeconfig(tmp_path, secure.url, {}, **trusted)).get(PATH)


def test_what_the_kubeconfig_does_not_verify_is_not_verified(secure: FakeApi, tmp_path: Path) -> None:
    file = write_kubeconfig(tmp_path, secure.url, {}, **{"insecure-skip-tls-verify": True})
    assert ClusterApi(CONTEXT, file).get(PATH)


def test_a_client_certificate_is_shown_and_its_key_is_left_nowhere(
    secure: FakeApi, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    user = {
        "client-certificate-data": data(authority / "admin.crt"),
        "client-key-data": data(authority / "admin.key"),
    }
    trusted = {"certificate-authority-data": data(authority / "ca.crt")}
    api = ClusterApi(CONTEXT, write_kubeconfig(tmp_path, secure.url, user, **trusted))
    assert api.get(PATH)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"client-certificate": "nowhere.crt", "client-key": "nowhere.key"}, {}),
        ({"client-certificate-data": "bm8=", "client-key-data": "bm8="}, {}),
        ({"client-certificate-data": "%%%", "client-key-data": "hunter2"}, {}),
        ({}, {"certificate-authority": "nowhere.crt"}),
        ({}, {"certificate-authority-data": "bm8="}),
    ],
)
def test_a_certificate_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any]
) -> None:
    error, sentence = refused(ClusterApi(CONTEXT, write_kubeconfig(tmp_path, "https://127.0.0.1:1", user, **cluster)))
    assert isinstance(error, KubeconfigError)
    assert f"The context {CONTEXT} cannot be used (" in sentence
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("text", ["", "[]", "no: [", "contexts: 7", "contexts: [7]", "contexts: [{a: b}]"])
def test_a_kubeconfig_that_is_none_is_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(text)
    assert isinstance(refused(ClusterApi(CONTEXT, file))[0], KubeconfigError)


def test_entries_that_lead_nowhere_are_a_sentence_without_their_content(tmp_path: Path) -> None:
    entry = {"name": "person", "user": {"token": "hunter2"}}
    for context in ({"cluster": "none", "user": "person"}, {"user": "person"}, {}, None):
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps({"users": [entry], "contexts": [{"name": CONTEXT, "context": context}]}))
        error, sentence = refused(ClusterApi(CONTEXT, file))
        assert isinstance(error, KubeconfigError)
        assert "hunter2" not in f"{error}{sentence}"


def test_files_are_found_as_kubectl_finds_them(
    fake: FakeApi, secure: FakeApi, authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The named file, else those of KUBECONFIG, of which the first counts, else the home folder's."""
    home, first, second = tmp_path / "home" / ".kube", tmp_path / "first", tmp_path / "second"
    for folder in (home, first, second):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home.parent))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    assert "there is no kubeconfig" in str(refused(ClusterApi(CONTEXT))[0])
    write_kubeconfig(home, fake.url, {}).rename(home / "config")
    assert ClusterApi(CONTEXT).get(PATH)
    assert len(fake.asked) == 1
    # A path in a file is from the file's own folder.
    (second / "ca.crt").write_bytes((authority / "ca.crt").read_bytes())
    other = write_kubeconfig(second, secure.url, {}, **{"certificate-authority": "ca.crt"})
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(first / "none"), str(other), str(home / "config")]))
    assert ClusterApi(CONTEXT).get(PATH)
    assert len(secure.asked) == 1
    assert ClusterApi(CONTEXT, home / "config").get(PATH)
    assert len(fake.asked) == 2


def test_a_token_of_a_file_is_sent_without_its_line_end(fake: FakeApi, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2\n")
    api_for(fake, tmp_path, {"tokenFile": "token"}).get(PATH)
    assert fake.asked[0].headers["Authorization"] == "Bearer hunter2"


def test_whom_kubectl_impersonates_is_impersonated(fake: FakeApi, tmp_path: Path) -> None:
    """Asked as somebody with other rights, preflight would say something else than applying does."""
    extra = {"scopes": ["view"]}
    user = {"token": "t", "as": "few", "as-uid": "7", "as-groups": ["one", "two"], "as-user-extra": extra}
    api_for(fake, tmp_path, user).get(PATH)
    headers = fake.asked[0].headers
    assert headers["Impersonate-User"] == "few"
    assert headers["Impersonate-Uid"] == "7"
    assert headers.get_all("Impersonate-Group") == ["one", "two"]
    assert headers["Impersonate-Extra-scopes"] == "view"


def program(folder: Path, script: str) -> dict[str, Any]:
    """A user whose credentials a program of the kubeconfig's own folder gives."""
    file = folder / "plugin"
    file.write_text(f"#!/bin/sh\necho run >> {folder}/runs\n{script}\n")
    file.chmod(0o755)
    return {"exec": {"apiVersion": EXEC, "command": "./plugin", "interactiveMode": "Never"}}


def credential(**status: str) -> str:
    said = json.dumps({"apiVersion": EXEC, "kind": "ExecCredential", "status": status})
    return f"cat <<'END'\n{said}\nEND"


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


def test_a_program_for_credentials_is_run_once(fake: FakeApi, tmp_path: Path) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    api = api_for(fake, tmp_path, program(tmp_path, credential(token="hunter2", expirationTimestamp=later)))
    api.get(PATH)
    api.get(PATH)
    assert [asked.headers["Authorization"] for asked in fake.asked] == ["Bearer hunter2"] * 2
    assert runs(tmp_path) == 1


def test_a_program_is_run_again_when_what_it_gave_expires(fake: FakeApi, tmp_path: Path) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    api = api_for(fake, tmp_path, program(tmp_path, credential(token="hunter2", expirationTimestamp=soon)))
    api.get(PATH)
    api.get(PATH)
    assert runs(tmp_path) == 2


def test_a_program_may_give_a_certificate(secure: FakeApi, authority: Path, tmp_path: Path) -> None:
    given = {
        "clientCertificateData": (authority / "admin.crt").read_text(),
        "clientKeyData": (authority / "admin.key").read_text(),
    }
    trusted = {"certificate-authority-data": data(authority / "ca.crt")}
    user = program(tmp_path, credential(**given))
    assert ClusterApi(CONTEXT, write_kubeconfig(tmp_path, secure.url, user, **trusted)).get(PATH)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'log in again' >&2; exit 255", "exec: process returned 255. log in again"),
        ("echo no JSON", "exec: failed to decode process output"),
        (credential(), "exec: it gave neither a token nor a certificate"),
        (credential(clientCertificateData="no key"), "exec: it gave neither a token nor a certificate"),
    ],
)
def test_a_program_that_gives_no_credentials(fake: FakeApi, tmp_path: Path, script: str, words: str) -> None:
    """The client on its own logs it, and asks as nobody."""
    error, sentence = refused(api_for(fake, tmp_path, program(tmp_path, script)))
    assert isinstance(error, CredentialProgramError)
    assert f"The program that gets the credentials for context {CONTEXT} failed ({words}" in sentence
    assert fake.asked == []


def test_a_program_that_is_not_there(fake: FakeApi, tmp_path: Path) -> None:
    error, sentence = refused(api_for(fake, tmp_path, {"exec": {"apiVersion": EXEC, "command": "nowhere-aws"}}))
    assert isinstance(error, CredentialProgramError)
    assert "(exec: executable nowhere-aws not found)" in sentence


def test_a_proxy_of_the_kubeconfig_is_for_every_address(
    fake: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    file = write_kubeconfig(tmp_path, "http://cluster.example", {}, **{"proxy-url": fake.url})
    assert ClusterApi(CONTEXT, file).get(PATH)


def test_a_proxy_of_the_environment_is_not_for_this_machine(
    fake: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster of kind's is at 127.0.0.1, where a company's proxy finds something else or nothing."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert api_for(fake, tmp_path).get(PATH)
    elsewhere = write_kubeconfig(tmp_path, "http://cluster.example", {})
    assert isinstance(refused(ClusterApi(CONTEXT, elsewhere))[0], UnreachableError)


def test_a_socks_proxy_is_used_and_looks_names_up_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``ssh -D`` makes one, towards a cluster that only the other end knows."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        wanted: list[bytes] = []
        look_up = socket.getaddrinfo

        def only_numbers(host: str, *others: Any) -> Any:
            assert host == "127.0.0.1"
            return look_up(host, *others)

        server.settimeout(5)

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(3)
                client.sendall(b"\x05\x00")
                wanted.append(client.recv(300))
                client.sendall(b"\x05\x00\x00\x01" + bytes(6))
                client.recv(4096)
                client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"kind":"Namespace"}')

        thread = threading.Thread(target=serve)
        thread.start()
        monkeypatch.setattr(socket, "getaddrinfo", only_numbers)
        proxy = {"proxy-url": f"socks5://127.0.0.1:{server.getsockname()[1]}"}
        file = write_kubeconfig(tmp_path, "http://cluster.example", {}, **proxy)
        assert ClusterApi(CONTEXT, file).get(PATH) == {"kind": "Namespace"}
        thread.join()
    name = b"cluster.example"
    assert wanted == [b"\x05\x01\x00\x03" + bytes([len(name)]) + name + (80).to_bytes(2, "big")]


def test_every_refusal_is_input_that_a_person_can_correct() -> None:
    refusal = cluster_refusal(KubeconfigError("c", "there is no kubeconfig"))
    assert isinstance(refusal, InputError)
    assert refusal.sentence.startswith("The context c cannot be used (there is no kubeconfig). ")
