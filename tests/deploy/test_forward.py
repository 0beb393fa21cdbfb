"""What ends a forwarding ends nothing else, whatever the file says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from portal.base.errors import InputError
from portal.base.process_id import alive, started
from portal.deploy import forward as forwarding
from portal.deploy.forward import Forward
from portal.kubernetes.kubectl import Kubectl
from tests.support.python_script import python_script

# A kubectl that waits as a forwarding does.
KUBECTL = python_script("import time; time.sleep(60)\n")
LOOKS_ALIKE = [sys.executable, "-c", "import time; time.sleep(60)", "kubectl", "port-forward", "service/backstage"]


@pytest.fixture
def forward(tmp_path: Path) -> Forward:
    return Forward(tmp_path / "forwards" / "local.json", tmp_path / "forward.log")


@pytest.fixture
def bystander() -> Generator[subprocess.Popen[bytes]]:
    """Somebody else's process, whose arguments look like a forwarding's."""
    with subprocess.Popen(LOOKS_ALIKE, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


# It outlives the command that started it, as it should.
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_what_was_started_is_ended(forward: Forward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even at once: the arguments of a process that has only just started cannot be read yet."""

    def shows_none(_process: int) -> str:
        return ""

    monkeypatch.setattr(forwarding, "arguments", shows_none)
    program = tmp_path / "kubectl"
    program.write_text(KUBECTL)
    program.chmod(0o755)
    forward.start(Kubectl(program, "c", None, tmp_path), "portal", "pod/backstage-1", 7007, 7007)
    known = json.loads(forward.record.read_text())
    assert known["began"] == started(known["pid"])
    assert alive(known["pid"])
    forward.stop()
    assert not forward.record.exists()
    os.waitpid(known["pid"], 0)
    assert not alive(known["pid"])
    forward.stop()


@pytest.mark.parametrize(
    ("command", "began"),
    [
        ([], None),
        (["kubectl"], None),
        (["kubectl", ""], None),
        (LOOKS_ALIKE[:3], None),
        (["kubectl", "port-forward", "service/other"], None),
        (["kubectl", "port-forward", "service/backstage"], "17"),
        (LOOKS_ALIKE, "17"),
    ],
)
def test_no_other_process_is_ended(
    forward: Forward, bystander: subprocess.Popen[bytes], command: list[str], began: str | None
) -> None:
    forward.record.parent.mkdir()
    forward.record.write_text(json.dumps({"pid": bystander.pid, "command": command, "began": began}))
    forward.stop()
    assert bystander.poll() is None
    assert not forward.record.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        '{"pid": 7}',
        '{"pid": 1, "command": []}',
        '{"pid": -1, "command": []}',
        '{"pid": "7", "command": []}',
    ],
)
def test_a_damaged_file_is_a_sentence(forward: Forward, content: str) -> None:
    forward.record.parent.mkdir()
    forward.record.write_text(content)
    with pytest.raises(InputError, match=r"file is damaged: .* `kubectl port-forward` if one still runs, and delete"):
        forward.stop()
