"""What a page tells its reader to do, and a reader who does it, in a checkout of what they begin with.

A code block says itself which file it edits, on its first line, as people need to know too:

- ``# portal.yaml`` and lines with ``-``, ``+`` or a blank in front (language `diff`): those lines are changed.
- ``# stacks/Pulumi.dev.yaml`` (language `yaml`): the whole file.
- ``# content/catalog/organization.yaml, at the end`` (language `yaml`): more lines for it.

In shell blocks, commands that deploy or check are where everything has to hold; the block after one of them, where it
begins with a file's name, is the sentence that refuses it.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.yaml_document import read_document
from portal.plan import Plan, make_plan
from portal.plugins.load import load_plugins, load_sign_in, load_sources
from portal.release.images import unbuilt_images
from portal.release.locked import composition_id
from portal.release.release import read_portal, write_release
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import SECRETS_KEY, read_stack_file
from tests.support.checkouts import ACME
from tests.support.editors import editor_of

END = ", at the end"
# How pages write the id of a release, which only `portal build --push` knows.
RELEASE = "r-0123456789ab"
LIBRARY = "portal/plugins/"

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# ([\w./-]+\.yaml)((?:, at the end)?)")
_SENTENCE = re.compile(r"[\w./-]+\.yaml(:\d+)*: ")


@dataclass(frozen=True)
class Block:
    """One code block of a page."""

    language: str
    text: str
    place: str

    @property
    def file(self) -> str | None:
        """The file that it edits."""
        found = _FILE.fullmatch(self.text.partition("\n")[0])
        return found[1] if found else None

    @property
    def sentence(self) -> str | None:
        """What the command before it answers, where that is a refusal."""
        return self.text.strip() if not self.language and _SENTENCE.match(self.text) else None

    def commands(self) -> Iterator[list[str]]:
        """The commands of a shell block, in words."""
        for line in self.text.splitlines() if self.language == "sh" else ():
            words = shlex.split(line.partition("|")[0], comments=True)
            if words:
                yield words

    def applied_to(self, before: str) -> str:
        """The file after the edit."""
        first, _, rest = self.text.partition("\n")
        if self.language == "yaml":
            return before.rstrip("\n") + "\n" + rest if first.endswith(END) else rest
        lines = rest.splitlines()
        old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        assert f"\n{before}".count(f"\n{old}") == 1, (
            f"{self.place}: these lines are not in the file, or not once:\n{old}"
        )
        return f"\n{before}".replace(f"\n{old}", f"\n{new}")[1:]


def forget_library() -> None:
    """Read the plugin library again when it is asked for."""
    for made_of_it in (load_plugins, load_sign_in, load_sources, editor_of):
        made_of_it.cache_clear()


def blocks(page: Path, name: str) -> list[Block]:
    """The code blocks of a page, in its order."""
    text = page.read_text()
    return [
        Block(found[2], textwrap.dedent(found[3]), f"{name}:{text.count(chr(10), 0, found.start()) + 1}")
        for found in _FENCE.finditer(text)
    ]


@dataclass
class Reader:
    """Does what pages say. Deploys, locks and pushes nothing: what these would leave is written down as they do it.

    ``library`` makes the reader's own copy of the plugin library, once, for pages that edit it; ``left_out`` is a
    secret that is forgotten.
    """

    checkout: Checkout
    library: Callable[[], Path]
    left_out: str | None = None
    stored: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    release: str = RELEASE

    def edit(self, block: Block) -> None:
        """Edit the file that a block names."""
        assert block.file is not None
        of_library = block.file.startswith(LIBRARY)
        file = self.library() / block.file.removeprefix(LIBRARY) if of_library else self.checkout.root / block.file
        file.write_text(block.applied_to(file.read_text() if file.is_file() else "").replace(RELEASE, self.release))
        if of_library:
            forget_library()

    def run(self, words: list[str]) -> str | None:
        """Run a command; the name of the stack that has to be accepted for it, if it looks at one."""
        if words[:2] == ["make", "up"]:
            return "local"
        if words[0] != "portal":
            return None
        options = argparse.ArgumentParser()
        options.add_argument("--stack", default="local")
        known, rest = options.parse_known_args(words[1:])
        stack = str(known.stack)
        match rest:
            case ["up" | "check", *_]:
                return stack
            case ["secrets", "set", name, *_]:
                self.stored.setdefault(stack, set()).update({name} - {self.left_out})
            case ["secrets", "init", *_]:
                names = {need.name for need in self.plan(stack).needs.values() if need.generated}
                self.stored.setdefault(stack, set()).update(names)
            case ["lock", *_]:
                self.lock()
            case ["build", "--push", repository, *_]:
                self._push(repository)
            case _:
                pass
        return None

    def plan(self, stack: str) -> Plan:
        """The plan of a stack with the secrets that were stored."""
        file = read_stack_file(self.checkout, stack)
        config, secret_keys = checked_configuration(self.checkout, file)
        given = {**json.loads(config[SECRETS_KEY]), **dict.fromkeys(self.stored.get(stack, ()), "stored")}
        config = {**config, SECRETS_KEY: json.dumps(given)}
        return make_plan(self.checkout, stack, config, secret_keys, file.where)

    def lock(self) -> None:
        """As if Yarn had resolved it. What a package new to the app declares is whatever its record writes."""
        file = self.checkout.app / "config-schema.json"
        locked = json.loads((file if file.is_file() else ACME / "app" / file.name).read_text())
        composition = read_portal(self.checkout)[2]
        known = {entry["package"] for entry in locked["schemas"]}
        for record in composition.records.values():
            for package in {*record.packages.frontend, *record.packages.backend} - known:
                anything: dict[str, dict[str, str]] = {key: {} for key in record.app_config}
                declared = {"type": "object", "properties": anything}
                locked["schemas"].append({"package": package, "schema": declared})
        locked_for = {"composition": composition_id(composition)}
        file.write_text(json.dumps({**locked, **locked_for}))
        file.with_name("yarn.lock").write_text("__metadata:\n")
        file.with_name("migrations.json").write_text(json.dumps({**locked_for, "packages": {}}))

    def _push(self, repository: str) -> None:
        digests = {"linux/amd64": "sha256:" + "1" * 64}
        images = unbuilt_images()
        pushed = images.model_copy(
            update={
                name: getattr(images, name).model_copy(update={"name": f"{repository}-{name}", "digests": digests})
                for name in ("portal", "database", "base")
            }
        )
        self.release = write_release(self.checkout, pushed, "0" * 40).id


def edited_files(checkout: Checkout) -> dict[str, dict[str, object]]:
    """``portal.yaml`` and the stacks' files by their names in the checkout, read."""
    files = [checkout.portal_file, *sorted(checkout.stacks.glob("Pulumi.*.yaml"))]
    return {name: dict(read_document(file, name).data) for file in files for name in [checkout.relative(file)]}
