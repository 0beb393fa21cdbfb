"""A stack that names keys deploys, draws and points to nothing that none of them signed, whatever way is taken."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.process import output
from portal.checks import findings
from portal.deploy.refusal_of_program import refusal_of_program
from portal.deploy.run_steps import run_steps
from portal.deploy.up import LOCAL, TEAM
from portal.graph.preview.snapshot import snapshot
from portal.graph.recorder import RefusedError
from portal.plan import load_plan
from portal.release.beside import SIGNATURE, files_beside
from portal.release.signature import sign
from portal.stackfile.read import read_stack_file
from tests.command.in_process import portal
from tests.support.checkouts import code_checkout, commit_all, give_secrets
from tests.support.deployments import deployment_of
from tests.support.graphs import graph_of
from tests.support.kept_releases import point_to
from tests.support.signed_releases import release_with, sbom, write_key

STACK = "local"


def line_of(key: Ed25519PrivateKey) -> str:
    """The one line of its public half in PEM, as a person would copy it."""
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    _, line, _ = pem.strip().splitlines()
    return line


@dataclass(frozen=True)
class Asking:
    """A stack that points to a release, and asks for the signature of one of two keys."""

    checkout: Checkout
    release: str
    key: Ed25519PrivateKey
    other: Ed25519PrivateKey

    @property
    def folder(self) -> Path:
        return self.checkout.releases / self.release

    def sign(self, key: Ed25519PrivateKey | None = None) -> None:
        sign(self.checkout, self.release, key or self.key)


def asking(checkout: Checkout) -> Asking:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    release = release_with(checkout, sbom("MIT")).id
    point_to(checkout, STACK, release)
    file = checkout.stack_file(STACK)
    file.write_text(f"{file.read_text().rstrip()}\n  portal:signedBy: [{line_of(other)}, {line_of(key)}]\n")
    return Asking(checkout, release, key, other)


@pytest.fixture
def stack(checkout: Checkout) -> Asking:
    return asking(checkout)


def not_signed(_: Asking) -> None:
    pass


def signed_by_a_stranger(stack: Asking) -> None:
    stack.sign(Ed25519PrivateKey.generate())


def changed_since(stack: Asking) -> None:
    stack.sign()
    file = stack.folder / "release.json"
    file.write_text(f"{file.read_text()} ")


def damaged(stack: Asking) -> None:
    stack.sign()
    (path,) = files_beside(stack.folder, SIGNATURE)
    path.write_bytes(path.read_bytes()[:-20])


FAULTS: dict[Callable[[Asking], None], str] = {
    not_signed: "is not signed. Sign it with",
    signed_by_a_stranger: "is not signed by any of the keys",
    changed_since: "is not what was signed (releases/",
    damaged: "dsse.json: The file is damaged: it is not JSON",
}


def by_check(checkout: Checkout) -> str:
    ended = portal("check", "--stack", STACK, cwd=checkout.root)
    assert ended.returncode in {0, 2}
    return ended.stderr


def by_up(checkout: Checkout) -> str:
    """Of both lists, the first step is the one that checks. Nothing comes before it."""
    said: set[str] = set()
    for steps in (LOCAL, TEAM):
        try:
            run_steps(steps[:1], deployment_of(checkout))
        except InputError as error:
            said.add("\n".join(error.sentences))
    assert len(said) <= 1
    return "".join(said)


def by_render(checkout: Checkout) -> str:
    ended = portal("render", "--stack", STACK, cwd=checkout.root)
    assert bool(ended.stdout) == (ended.returncode == 0)
    return ended.stderr


def by_preview(checkout: Checkout) -> str:
    now = snapshot(checkout, [STACK]).stacks[STACK].now
    assert bool(now.resources) != bool(now.faults)
    return "\n".join(now.faults)


def _by_pulumi(checkout: Checkout, *, preview: bool) -> str:
    give_secrets(checkout, STACK)
    try:
        graph_of(checkout, STACK, preview=preview)
    except RefusedError as error:
        return str(error)
    return ""


def by_pulumi_preview(checkout: Checkout) -> str:
    return _by_pulumi(checkout, preview=True)


def by_pulumi_up(checkout: Checkout) -> str:
    return _by_pulumi(checkout, preview=False)


WAYS = (by_check, by_up, by_render, by_preview, by_pulumi_preview, by_pulumi_up)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_way_leads_around_it(stack: Asking, fault: Callable[[Asking], None], way: Callable[[Checkout], str]) -> None:
    fault(stack)
    said = way(stack.checkout)
    assert FAULTS[fault] in said
    assert "`portal release sign" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("way", WAYS)
def test_the_signature_of_one_of_the_keys_is_enough(stack: Asking, way: Callable[[Checkout], str]) -> None:
    stack.sign()
    assert way(stack.checkout) == ""


def test_a_wrong_signature_of_another_key_does_not_matter(stack: Asking) -> None:
    """Whoever adds one could otherwise stop a deployment."""
    stack.sign()
    stack.sign(stack.other)
    (path,) = files_beside(stack.folder, SIGNATURE)
    good = base64.b64encode(stack.other.sign(b"something else")).decode()
    content = path.read_text()
    (first, second) = [line.split('"')[3] for line in content.splitlines() if '"sig"' in line]
    said: list[str] = []
    for spoiled in (first, second):
        path.write_text(content.replace(spoiled, good))
        said += [one.sentence for one in findings(load_plan(stack.checkout, STACK))]
    assert said == []
    path.write_text(content.replace(first, good).replace(second, good))
    (refused,) = findings(load_plan(stack.checkout, STACK))
    assert "the signature of any of the keys" in refused.sentence


def test_the_sentence_names_the_line_that_asks(stack: Asking) -> None:
    number = 1 + stack.checkout.stack_file(STACK).read_text().splitlines().index(
        f"  portal:signedBy: [{line_of(stack.other)}, {line_of(stack.key)}]"
    )
    (found,) = findings(load_plan(stack.checkout, STACK))
    assert found.sentence == (
        f"stacks/Pulumi.{STACK}.yaml:{number}: {stack.release} is not signed."
        f" Sign it with `portal release sign {stack.release} --key FILE`."
    )


def test_a_checkout_cannot_be_signed(stack: Asking) -> None:
    point_to(stack.checkout, STACK, "workspace")
    (found,) = findings(load_plan(stack.checkout, STACK))
    assert found.key == "portal:signedBy"
    assert "only a committed release can be signed" in found.sentence
    (drawn,) = snapshot(stack.checkout, [STACK]).stacks[STACK].now.faults
    assert drawn == found.sentence


def test_what_the_next_release_would_change_is_drawn_without_a_signature(stack: Asking) -> None:
    stack.sign()
    found = snapshot(stack.checkout, [STACK]).stacks[STACK]
    assert found.candidate is not None
    assert (found.now.faults, found.candidate.faults) == ((), ())
    assert found.candidate.resources


def test_a_release_without_an_sbom_is_refused(stack: Asking) -> None:
    stack.sign()
    next(stack.folder.glob("sbom-*")).unlink()
    (found,) = findings(load_plan(stack.checkout, STACK))
    assert "The release has no SBOM, and a signature covers it" in found.sentence


def test_to_look_at_a_stack_needs_no_signature(stack: Asking) -> None:
    """Whoever wants to know what runs there has to be able to ask, all the more so if something is wrong."""
    assert portal("config", "--stack", STACK, cwd=stack.checkout.root).returncode == 0
    assert portal("release", "show", stack.release, cwd=stack.checkout.root).returncode == 0


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[]", "portal:signedBy: got a value, expected a list that is not empty"),
        ("releases/public-key.pem", "portal:signedBy: got a value, expected a list"),
        ("[releases/public-key.pem]", "portal:signedBy[0]: got a value, expected a public Ed25519 key"),
        ("[MCowBQYDK2VwAyEA]", "Write what `openssl pkey -in KEY -pubout` prints between BEGIN and END."),
        (f"[MCowBQYDK2VwAyEA{'A' * 42}B=]", "expected a public Ed25519 key"),
        (f"[MCowBQYDK2VwAyEA{'A' * 43}=, 7]", "portal:signedBy[1]: got a value, expected text"),
        ("[MCowBQYDK2VuAyEAVvNIYmYIYmYIYmYIYmYIYmYIYmYIYmYIYmYIYmYIYmY=]", "expected a public Ed25519 key"),
        ("[MC4CAQAwBQYDK2VwBCIEIHNlY3JldA==]", "This is a private one: take it out of the file and out of Git"),
        ("MC4CAQAwBQYDK2VwBCIEIHNlY3JldA==", "portal:signedBy: got a value, expected a list"),
        ("[{secure: MC4CAQAwBQYDK2VwBCIEIHNlY3JldA==}]", "portal:signedBy"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(checkout: Checkout, value: str, said: str) -> None:
    file = checkout.stack_file(STACK)
    file.write_text(f"{file.read_text().rstrip()}\n  portal:signedBy: {value}\n")
    number = len(file.read_text().splitlines())
    ended = portal("check", "--stack", STACK, cwd=checkout.root)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert f"stacks/Pulumi.{STACK}.yaml:{number}" in ended.stderr
    assert "HNlY3JldA" not in ended.stderr + ended.stdout


def test_the_line_to_write_is_the_one_that_sign_and_verify_print(stack: Asking, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    key, root = write_key(file), stack.checkout.root
    signed = portal("release", "sign", stack.release, "--key", str(file), cwd=root)
    verified = portal("release", "verify", stack.release, "--public-key", str(file.with_suffix(".pub")), cwd=root)
    for ended in (signed, verified):
        assert f"\n  portal:signedBy: [{line_of(key)}]\n" in ended.stdout
    stack_file = stack.checkout.stack_file(STACK)
    kept = [line for line in stack_file.read_text().splitlines() if "signedBy" not in line]
    stack_file.write_text("\n".join([*kept, signed.stdout.splitlines()[-1]]) + "\n")
    assert findings(load_plan(stack.checkout, STACK)) == []


def test_a_rollback_leads_to_no_release_that_is_not_signed(stack: Asking) -> None:
    checkout, before = stack.checkout, stack.release
    output(["git", "init", "--quiet"], cwd=checkout.root)
    commit_all(checkout.root)
    checkout.portal_file.write_text(f"{checkout.portal_file.read_text()}\ntitle: Another\n")
    after = release_with(checkout, sbom("MIT")).id
    point_to(checkout, STACK, after)
    sign(checkout, after, stack.key)
    commit_all(checkout.root)
    text = checkout.stack_file(STACK).read_text()
    for words in ((), ("--to", before)):
        ended = portal("rollback", STACK, *words, cwd=checkout.root)
        assert ended.returncode == 2
        assert f"{before} is not signed. Sign it with `portal release sign {before}" in ended.stderr
        assert checkout.stack_file(STACK).read_text() == text
    stack.sign()
    assert portal("rollback", STACK, cwd=checkout.root).returncode == 0
    assert findings(load_plan(checkout, STACK)) == []


def test_the_code_of_a_program_asks_as_well(tmp_path: Path) -> None:
    """What is signed lies in the checkout, to which the program's folder has a link."""
    checkout = code_checkout(tmp_path / "portal")
    program = commit_all(checkout.root)
    contract = checkout.root / "portal" / "contract.py"
    contract.write_text(f"{contract.read_text()}\n# Other code.\n")
    stack = asking(checkout)
    point_to(checkout, STACK, stack.release, program)
    file = read_stack_file(checkout, STACK)

    def said() -> str | None:
        return refusal_of_program(checkout, file, program, file.path.read_text())

    def rendered() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from portal.command.main import main; main()", "render", "--stack", STACK]
        environment = {**os.environ, "PYTHONPATH": str(checkout.root)}
        return subprocess.run(command, cwd=checkout.root, env=environment, capture_output=True, text=True, check=False)

    refusal, ended = said(), rendered()
    assert refusal is not None
    assert "is not signed. Sign it with" in refusal
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Continues with the code of commit" in ended.stderr
    assert "is not signed. Sign it with" in ended.stderr
    with pytest.raises(PortalError, match="this checkout has other code"):
        graph_of(checkout, STACK)
    stack.sign()
    assert said() is None
    ended = rendered()
    assert ended.returncode == 0, ended.stderr
    assert "kind: Deployment" in ended.stdout
