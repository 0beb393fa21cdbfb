"""What the node's parts are told fits together. ``tests/e2e`` runs them."""

from __future__ import annotations

import configparser
import os
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from cryptography import x509

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.image.build import require_disk
from portal.node.authority import IDENTITIES, make_authority
from portal.node.configuration import COMPONENTS, kubeconfig, write_configuration
from portal.node.layout import NODE_ADDRESS, NodeLayout
from portal.node.lifecycle import require_free_port
from portal.node.processes import node_processes, supervisor_configuration
from portal.node.tools import TOOLS, built_folder


@pytest.fixture
def layout(tmp_path: Path) -> NodeLayout:
    made = NodeLayout(tmp_path / "node")
    make_authority(made.pki)
    return made


def test_keys_are_private_and_certificates_chain(layout: NodeLayout) -> None:
    authority = x509.load_pem_x509_certificate((layout.pki / "ca.crt").read_bytes())
    for identity in IDENTITIES:
        certificate = x509.load_pem_x509_certificate((layout.pki / f"{identity.file}.crt").read_bytes())
        certificate.verify_directly_issued_by(authority)
        assert (layout.pki / f"{identity.file}.key").stat().st_mode & 0o077 == 0


def test_the_authority_is_made_once(layout: NodeLayout) -> None:
    before = (layout.pki / "ca.crt").read_bytes()
    make_authority(layout.pki)
    assert (layout.pki / "ca.crt").read_bytes() == before


def test_the_api_server_may_be_called_from_the_machine(layout: NodeLayout) -> None:
    certificate = x509.load_pem_x509_certificate((layout.pki / "apiserver.crt").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert NODE_ADDRESS in {str(address) for address in names.get_values_for_type(x509.IPAddress)}


def test_configuration_parses_and_secrets_in_it_are_private(layout: NodeLayout) -> None:
    write_configuration(layout)
    tomllib.loads((layout.configuration / "containerd.toml").read_text())
    for component in COMPONENTS:
        assert (layout.kubeconfigs / component).stat().st_mode & 0o077 == 0
        assert kubeconfig(layout, component, "https://x")["users"][0]["name"] == component


def test_every_process_is_restarted_and_logged() -> None:
    parser = configparser.RawConfigParser()
    parser.read_string(supervisor_configuration(node_processes(7007)))
    sections = [name for name in parser.sections() if name.startswith("program:")]
    assert len(sections) == len(node_processes(7007))
    for section in sections:
        assert parser[section]["autorestart"] == "true"
        assert parser[section]["stdout_logfile"].endswith(".log")


def test_the_node_listens_for_people_on_loopback_only() -> None:
    outside = [process for process in node_processes(7007) if not process.inside]
    assert {process.name for process in outside} == {"egress", "forward"}
    (forward,) = (process for process in outside if process.name == "forward")
    assert "bind=127.0.0.1" in forward.command[1]


def test_a_tool_of_another_version_is_another_folder(repository: Checkout, tmp_path: Path) -> None:
    """What is pinned decides: a machine that has the old one builds the new one, and goes back without a build."""
    tools = tmp_path / "tools"
    shutil.copytree(repository.tools, tools)
    for tool in TOOLS:
        pinned = tools / tool.name / "go.sum"
        before, text = built_folder(tools, tool), pinned.read_text()
        assert "h1:" in text
        pinned.write_text(text.replace("h1:", "h1:A", 1))
        assert built_folder(tools, tool) != before
        pinned.write_text(text)
        assert built_folder(tools, tool) == before


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"Another program on this machine listens on port {port}"):
            require_free_port(port)


def test_a_disk_that_is_too_small_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(PortalError, match="GiB of free disk and this needs"):
        require_disk(tmp_path, 2**60)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_without_root_the_node_is_refused_in_one_sentence() -> None:
    script = (
        "import os\nfrom portal.node.lifecycle import require_root\nos.setuid(65534)\n"
        "try:\n    require_root()\nexcept Exception as error:\n    print(error)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "The local node needs root" in said
    assert "sudo" in said
