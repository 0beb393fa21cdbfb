"""A checkout with one stack, its secrets, and providers of these tests beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.yaml_text import yaml_text
from portal.foundation import load_foundation
from portal.plan import load_plan
from portal.stackfile.passphrase import PassphraseCrypter
from tests.engines.plugins import write_plugins
from tests.support.checkouts import copy_checkout, pretend_built
from tests.support.planted_secrets import PLANTED, canary, planted_keys

PASSPHRASE = "a passphrase of the tests"


@dataclass(frozen=True)
class Place:
    """``secrets`` are the names of the stack's secrets. Each has a canary for a value."""

    checkout: Checkout
    stack: str
    plugins: Mapping[str, Path]
    journal: Path
    secrets: Sequence[str]

    @property
    def file(self) -> Path:
        return self.checkout.stack_file(self.stack)


def make_place(folder: Path, stack: str, text: str) -> Place:
    """A checkout in a folder whose stack has this text. A portal gets all secrets that it needs, and twenty more."""
    checkout = copy_checkout(folder / "checkout")
    journal = folder / "journal.jsonl"
    plugins = write_plugins(folder / "plugins", journal)
    file = checkout.stack_file(stack)
    crypter = PassphraseCrypter.create(PASSPHRASE)
    salt = f"encryptionsalt: {crypter.salt}\n"
    file.write_text(f"{salt}{text}")
    if load_foundation(checkout, stack) is not None:
        return Place(checkout, stack, plugins, journal, ())
    pretend_built(checkout)
    text = f"{text}{planted_keys()}"
    file.write_text(f"{salt}{text}")
    needed = [need.name for need in load_plan(checkout, stack).missing_secrets if need.name not in PLANTED]
    names = (*needed, *PLANTED)
    sealed = {name: {"secure": crypter.encrypt(canary(name))} for name in names}
    lines = "".join(f"  {line}\n" for line in yaml_text({"portal:secrets": sealed}).splitlines())
    file.write_text(f"{salt}{text}{lines}")
    return Place(checkout, stack, plugins, journal, names)
