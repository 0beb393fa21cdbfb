"""`portal release sign`, `verify` and `show` through the command: exit codes, answers, and no word of a private key."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.process import output
from portal.release.beside import SBOM, SIGNATURE, files_beside
from portal.release.signing_keys import key_id
from tests.command.in_process import portal
from tests.support.checkouts import commit_all
from tests.support.signed_releases import PASSPHRASE, release_with, sbom, write_key


@pytest.fixture
def release(checkout: Checkout) -> str:
    return release_with(checkout, sbom("MIT", "MIT", "")).id


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key.pem"
    write_key(file)
    return file


def test_a_release_is_signed_and_verified(checkout: Checkout, release: str, key: Path) -> None:
    signed = portal("release", "sign", release, "--key", str(key), cwd=checkout.root)
    (file,) = files_beside(checkout.releases / release, SIGNATURE)
    assert (signed.returncode, signed.stderr) == (0, "")
    assert f"commit {checkout.relative(file)}." in signed.stdout
    # The key of the checkout is the one that counts.
    refused = portal("release", "verify", release, cwd=checkout.root)
    assert refused.returncode == 2
    assert "releases/public-key.pem" in refused.stderr
    assert "openssl pkey" in refused.stderr
    shutil.copyfile(key.with_suffix(".pub"), checkout.releases / "public-key.pem")
    verified = portal("release", "verify", release, cwd=checkout.root)
    assert verified.returncode == 0, verified.stderr
    assert f"releases/{release}/release.json" in verified.stdout
    # What lies beside bundles is no release.
    listed = json.loads(portal("release", "list", "--json", cwd=checkout.root).stdout)["releases"]
    assert [(one["id"], "sbom" in one, "signedBy" in one) for one in listed] == [(release, False, False)]


def test_another_key_or_other_bytes_end_with_1(checkout: Checkout, release: str, key: Path, tmp_path: Path) -> None:
    portal("release", "sign", release, "--key", str(key), cwd=checkout.root)
    other = tmp_path / "other.pem"
    write_key(other)
    words = ("release", "verify", release, "--json", "--public-key")
    refused = portal(*words, str(other.with_suffix(".pub")), cwd=checkout.root)
    assert refused.returncode == 1
    assert "is not signed by the key" in json.loads(refused.stdout)["error"]["message"]
    (checkout.releases / release / "config-schema.json").write_text("{}")
    refused = portal(*words, str(key.with_suffix(".pub")), cwd=checkout.root)
    assert refused.returncode == 1
    assert "is not what was signed" in json.loads(refused.stdout)["error"]["message"]


def test_both_answer_with_json(checkout: Checkout, release: str, key: Path) -> None:
    words = (release, "--json")
    signed = json.loads(portal("release", "sign", *words, "--key", str(key), cwd=checkout.root).stdout)
    public = str(key.with_suffix(".pub"))
    verified = json.loads(portal("release", "verify", *words, "--public-key", public, cwd=checkout.root).stdout)
    assert signed == verified
    assert sorted(signed) == ["file", "key", "publicKey", "release", "subjects"]
    shown = json.loads(portal("release", "show", *words, cwd=checkout.root).stdout)
    assert shown["signedBy"] == [signed["key"]]
    (file,) = files_beside(checkout.releases / release, SBOM)
    assert shown["sbom"]["file"] == checkout.relative(file)
    assert shown["sbom"]["components"] == 3
    assert shown["sbom"]["licenses"] == {"MIT": 2, "not stated": 1}
    assert shown["sbom"]["sha256"] == signed["subjects"][checkout.relative(file)]


def test_show_says_what_there_is(checkout: Checkout, release: str, key: Path) -> None:
    def said(name: str) -> str:
        return " ".join(portal("release", "show", name, cwd=checkout.root, COLUMNS="200").stdout.split())

    assert "(3 components) licenses MIT 2, not stated 1 signed by nobody" in said(release)
    portal("release", "sign", release, "--key", str(key), cwd=checkout.root)
    assert f"not verified here: portal release verify {release}" in said(release)
    (file,) = files_beside(checkout.releases / release, SBOM)
    file.unlink()
    assert "SBOM none signed by" in said(release)
    assert "SBOM" not in said("workspace")


def test_an_encrypted_key_needs_its_passphrase(checkout: Checkout, release: str, tmp_path: Path) -> None:
    file = tmp_path / "encrypted.pem"
    made = write_key(file, passphrase=PASSPHRASE, mode=0o644)
    words = ("release", "sign", release, "--key", str(file), "--json")
    refused = portal(*words, cwd=checkout.root)
    assert refused.returncode == 2
    assert "PORTAL_SIGNING_PASSPHRASE" in refused.stdout
    refused = portal(*words, cwd=checkout.root, PORTAL_SIGNING_PASSPHRASE="a wrong one")
    assert refused.returncode == 2
    assert "a wrong one" not in refused.stdout + refused.stderr
    signed = portal(*words, cwd=checkout.root, PORTAL_SIGNING_PASSPHRASE=PASSPHRASE)
    assert json.loads(signed.stdout)["key"] == key_id(made.public_key())
    assert PASSPHRASE not in signed.stdout + signed.stderr


def test_no_private_key_is_shown_or_written(checkout: Checkout, release: str, key: Path) -> None:
    secret = key.read_text().splitlines()[1]
    key.chmod(0o644)
    refused = portal("release", "sign", release, "--key", str(key), cwd=checkout.root)
    assert refused.returncode == 2
    assert f"chmod 600 {key}" in refused.stderr
    key.chmod(0o600)
    signed = portal("release", "sign", release, "--key", str(key), cwd=checkout.root)
    assert signed.returncode == 0
    assert secret not in refused.stdout + refused.stderr + signed.stdout + signed.stderr
    holding = [path for path in checkout.root.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert holding == []


@pytest.mark.parametrize("name", ["workspace", "r-000000000000", "../releases", "r-\n"])
@pytest.mark.parametrize("verb", ["sign", "verify"])
def test_only_a_release_that_is_kept_can_be_signed(checkout: Checkout, key: Path, verb: str, name: str) -> None:
    words = ("--key", str(key)) if verb == "sign" else ("--public-key", str(key.with_suffix(".pub")))
    refused = portal("release", verb, name, *words, cwd=checkout.root)
    assert refused.returncode == 2
    assert "a release in releases/" in refused.stderr


def test_prune_takes_the_sbom_and_the_signature_with_the_release(checkout: Checkout, release: str, key: Path) -> None:
    portal("release", "sign", release, "--key", str(key), cwd=checkout.root)
    shutil.copyfile(key.with_suffix(".pub"), checkout.releases / "public-key.pem")
    output(["git", "init", "--quiet"], cwd=checkout.root)
    commit_all(checkout.root)
    ended = portal("release", "prune", cwd=checkout.root)
    assert ended.returncode == 0, ended.stderr
    assert [path.name for path in checkout.releases.iterdir()] == ["public-key.pem"]
