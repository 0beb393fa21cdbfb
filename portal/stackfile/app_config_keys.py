"""The keys that people wrote below ``appConfig:``, when a Backstage release renames or removes some of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.files import write_whole
from portal.base.yaml_document import Document, KeyPath, read_document, show_path, value_at
from portal.release.changed_keys import ChangedKeys, key_path, undeclared_paths
from portal.release.release import WORKSPACE
from portal.stackfile.exact_edit import has, with_renamed
from portal.stackfile.pointer import pointer_of
from portal.stackfile.read import read_stack_file


@dataclass(frozen=True)
class AppConfigFile:
    """A file with an ``appConfig:``, at ``place``.

    ``pinned`` is the stack whose release the file belongs to, if that is not this checkout: it has the keys of that
    release until it takes over another one.
    """

    path: Path
    document: Document
    place: tuple[str, ...]
    pinned: str | None = None

    @property
    def app_config(self) -> object:
        """What is written there."""
        return value_at(self.document.data, self.place)

    def where(self, path: KeyPath) -> str:
        """File and line of a key below ``appConfig``."""
        return self.document.where((*self.place, *path))


@dataclass(frozen=True)
class RenamedKey:
    """A key that was renamed in a file, or that a person has to rename later, for a ``pinned`` stack."""

    where: str
    old: str
    new: str
    pinned: str | None = None


@dataclass(frozen=True)
class GoneKey:
    """A key that is used, and that the release no longer declares. ``advice`` says what to do, if a rule does."""

    where: str
    key: str
    advice: str
    pinned: str | None = None

    def error(self, release: str) -> InputError:
        """The key as an error."""
        return InputError(
            where=self.where,
            key=f"appConfig.{self.key}",
            got=f"a key that no package of Backstage {release} declares",
            allowed="keys that the installed packages declare",
            fix=self.advice or "read what the notes say about it (`portal upgrade --draft`), and remove or replace it",
        )


def app_config_files(checkout: Checkout) -> list[AppConfigFile]:
    """``portal.yaml``, and the file of each stack that can be read. InputError for a ``portal.yaml`` that cannot."""
    name = checkout.relative(checkout.portal_file)
    files = [AppConfigFile(checkout.portal_file, read_document(checkout.portal_file, name), ("appConfig",))]
    for stack in checkout.stack_names():
        try:
            file = read_stack_file(checkout, stack)
        except InputError:
            # The checks say it, before an upgrade and after it.
            continue
        pinned = stack if pointer_of(file.values).release != WORKSPACE else None
        files.append(AppConfigFile(file.path, file.document, file.path_of("portal:appConfig"), pinned))
    return files


def rename_keys(checkout: Checkout, rules: ChangedKeys) -> list[RenamedKey]:
    """Rename keys in the files of a checkout, by written rules. Files of pinned stacks stay as they are.

    Returns what was renamed, and what a person has to rename later. InputError for a key that is there under both
    names, and for one that cannot be moved without losing a comment.
    """
    renamed: list[RenamedKey] = []
    # One rule after the other: a later release may rename again what an earlier one renamed.
    for old, new in rules.renamed:
        for file in app_config_files(checkout):
            if not has(file.app_config, key_path(old)):
                continue
            where = file.where(key_path(old))
            if file.pinned is None:
                write_whole(file.path, _renamed(file, old, new))
            renamed.append(RenamedKey(where, old, new, file.pinned))
    return renamed


def _renamed(file: AppConfigFile, old: str, new: str) -> str:
    where = file.where(key_path(old))
    if has(file.app_config, key_path(new)):
        raise InputError(
            where=where,
            key=f"appConfig.{old}",
            got=f"the old name of {new}, which is there as well",
            allowed=f"only {new}",
            fix="remove one of the two",
        )
    text = with_renamed(file.path.read_bytes().decode(), (*file.place, *key_path(old)), (*file.place, *key_path(new)))
    if text is None:
        raise InputError(
            where=where,
            key=f"appConfig.{old}",
            got="a key that cannot be moved without losing a comment",
            allowed=f"the key {new}",
            fix="move the comment to a line of its own outside of `appConfig`, and run this again",
        )
    return text


def gone_keys(
    checkout: Checkout, gone: Iterable[str], declared: Iterable[str], advice: Mapping[str, str]
) -> Iterator[GoneKey]:
    """The keys in a checkout's files that are no longer declared. ``advice`` is what rules say about some of them."""
    lost, there = list(gone), list(declared)
    for file in app_config_files(checkout):
        for path, known in undeclared_paths(file.app_config, lost, there):
            yield GoneKey(file.where(path), show_path(path), advice.get(known, ""), file.pinned)
