"""Pages lead somewhere, and the commands on them exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from portal.command.main import app
from tests.support.checkouts import ACME, ROOT
from tests.support.users_files import USERS_FILES

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
HEADING_LINK = re.compile(r"\]\(([^)#\s:]*\.md|)#([^)]+)\)")
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
FILE = re.compile(r"`((?:portal|tests|docs|stacks|components|policies|app|tools|\.github|\.ci)/[\w./-]+)`")
TEST = re.compile(r"`(test_\w+)`")
DEFINED = re.compile(r"^def (test_\w+)", re.MULTILINE)
# What a reader may make, and where something was before.
NOT_HERE = {
    *("app/manifests/1.56.0.json", "app/plugins", "portal/catalogue/records/"),
    # A file that a command makes, and an annotation.
    *("stacks/Pulumi.pr-123.yaml", "portal/expires"),
}
# What people write; the reference is written from docstrings and help texts.
WRITTEN = [page for page in PAGES if page.parent.name != "reference"]
OTHER_WORDS = re.compile(
    r"(?i)\b(?:catalogues?|licence|colours?|honou\w+|behaviours?|organis\w+|shared stacks?|unconnected|absent)\b"
)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every `portal` or `make` command line of a shell block, with its page."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            for line in block.splitlines():
                words = shlex.split(line.partition("|")[0], comments=True)
                if words and words[0] in {"portal", "make"}:
                    yield page.relative_to(ROOT).as_posix(), words


def exists(name: str) -> bool:
    """Whether the repository has a file. What a user may have changed is looked for in the portal of the tests."""
    return ((ACME if name.startswith(USERS_FILES) else ROOT) / name).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_files_lead_to_files(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    targets = [(page.parent / link).resolve().relative_to(ROOT).as_posix() for link in links]
    assert [target for target in targets if not exists(target)] == []


@pytest.mark.parametrize(("page", "words"), list(commands()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_command_on_a_page_exists(page: str, words: list[str]) -> None:
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), page
        return
    command = get_command(app)
    rest = words[1:]
    while isinstance(command, TyperGroup) and rest:
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= known, page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_and_tests_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text()
    assert [file for file in FILE.findall(text) if file not in NOT_HERE and not exists(file)] == []
    defined = {name for test in (ROOT / "tests").rglob("test_*.py") for name in DEFINED.findall(test.read_text())}
    assert [name for name in TEST.findall(text) if name not in defined] == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_has_the_words_of_the_glossary(page: Path) -> None:
    """And American spelling, as Backstage's own documentation has it."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(), flags=re.DOTALL)
    assert OTHER_WORDS.findall(prose) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_headings_lead_to_headings(page: Path) -> None:
    for link, heading in HEADING_LINK.findall(page.read_text()):
        target = page.parent / link if link else page
        titles = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
        assert heading in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, link


@pytest.mark.parametrize("folder", ["adr", "how-to"])
def test_a_folders_list_has_every_page_of_it(folder: str) -> None:
    pages = {page.name for page in (ROOT / "docs" / folder).glob("*.md")} - {"README.md"}
    assert set(LINK.findall((ROOT / "docs" / folder / "README.md").read_text())) == pages
