"""Folders may be called anything: no generated file of the node holds one of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from supervisor.options import ServerOptions, UnhosedConfigParser

from portal.base.errors import SituationError
from portal.node.authority import make_authority
from portal.node.configuration import write_configuration
from portal.node.layout import INSIDE, NodeLayout
from portal.node.machine import program_path
from portal.node.processes import NodeProcess, node_processes, supervisor_configuration
from portal.node.programs import Programs, link_programs, started_program

FOLDERS = ("my portal", "50%", "%(here)s", "a #1 b", "a ;b", 'a"b', "it's", "a,b=c", "${HOME}", "ümlaut", "back\\slash")


def programs(folder: Path) -> Programs:
    made = {name: folder / name for name in ("kubernetes", "containerd", "addons", "etcd", "cni")}
    for path in made.values():
        path.mkdir(parents=True)
    for program in ("kubernetes/kubectl", "containerd/ctr", "runc"):
        (folder / program).touch()
    return Programs(**made, runc=folder / "runc")


@pytest.mark.parametrize("name", FOLDERS)
def test_no_file_of_the_node_names_a_folder_of_the_machine(name: str, tmp_path: Path) -> None:
    layout = NodeLayout(tmp_path / name / ".portal" / "node")
    make_authority(layout.pki)
    link_programs(layout, programs(tmp_path / "cache" / name))
    write_configuration(layout)
    written = [path for folder in (layout.configuration, layout.kubeconfigs) for path in folder.rglob("*")]
    assert len([path for path in written if path.is_file()]) >= 10
    for path in written:
        if path.is_file():
            assert str(tmp_path) not in path.read_text(encoding="utf-8")
            assert name not in path.read_text(encoding="utf-8")
    assert started_program(layout, "kubernetes/kubectl").samefile(tmp_path / "cache" / name / "kubernetes" / "kubectl")


def as_supervisor_reads_it(text: str, tmp_path: Path) -> dict[str, list[str]]:
    """The commands, by supervisor's own code."""
    file = tmp_path / "supervisor.conf"
    file.write_text(text.replace(f"{INSIDE}/logs", str(tmp_path)), encoding="utf-8")
    options: Any = ServerOptions()
    parser: Any = UnhosedConfigParser()
    parser.expansions = options.environ_expansions
    parser.read(str(file))
    groups: Any = options.process_groups_from_parser(parser)
    return {one.name: shlex.split(one.command) for group in groups for one in group.process_configs}


def test_supervisor_reads_the_commands_that_were_meant(tmp_path: Path) -> None:
    found = as_supervisor_reads_it(supervisor_configuration(node_processes(7007)), tmp_path)
    for process in node_processes(7007):
        assert found[process.name][-len(process.command) :] == list(process.command)


@pytest.mark.parametrize(
    "word", ["two words", "50%", "%(ENV_PATH)s", "it's", 'a"b', "#1", ";x", "a#b", "$HOME", "back\\slash"]
)
def test_any_word_reaches_the_program_as_it_is(word: str, tmp_path: Path) -> None:
    process = NodeProcess("one", ["/bin/echo", word], inside=False)
    assert as_supervisor_reads_it(supervisor_configuration([process]), tmp_path) == {"one": ["/bin/echo", word]}


@pytest.mark.parametrize("word", ["a #1", "a ;b", "a\nb"])
def test_a_word_that_supervisor_cannot_hold_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="supervisor cannot be told"):
        supervisor_configuration([NodeProcess("one", ["/bin/echo", word], inside=False)])


def test_a_node_keeps_the_programs_that_it_was_started_with(tmp_path: Path) -> None:
    layout = NodeLayout(tmp_path / "node")
    link_programs(layout, programs(tmp_path / "first"))
    programs(tmp_path / "second")
    assert started_program(layout, "containerd/ctr").resolve() == tmp_path / "first" / "containerd" / "ctr"
    (tmp_path / "first" / "containerd" / "ctr").unlink()
    with pytest.raises(SituationError, match=r"programs that are gone .*first.* Run `portal down`, then `portal up`"):
        started_program(layout, "containerd/ctr")


def test_a_node_of_an_earlier_version_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SituationError, match="Run `portal down`, then `portal up`"):
        started_program(NodeLayout(tmp_path / "node"), "kubernetes/kubectl")


def test_roots_path_has_the_folders_of_the_machines_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert program_path() == "/usr/bin:/bin:/usr/sbin:/sbin"
    monkeypatch.setenv("PATH", "/sbin:/usr/bin:/usr/sbin")
    assert program_path() == "/sbin:/usr/bin:/usr/sbin"
