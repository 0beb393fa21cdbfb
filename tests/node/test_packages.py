"""What the node installs: only what is missing, said before, and nothing of the machine's is removed for it."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.base.errors import PortalError, SituationError
from portal.base.process import run_undisturbed
from portal.base.progress import PlainProgress
from portal.node import packages
from portal.node.packages import INSTALLED, install_packages, missing_packages, planned_changes, unpacked

EVERY_PROGRAM = sorted(program for needed in INSTALLED.values() for program in needed.programs)

# Stand-ins: what apt-get answers is in files beside it, and what it was asked is written down.
APT_GET = """\
#!/bin/sh
here=$(dirname "$0")
echo "$* LC_ALL=$LC_ALL NEEDRESTART_SUSPEND=$NEEDRESTART_SUSPEND $DEBIAN_FRONTEND" >> "$here/asked"
case "$*" in
  *--simulate*) cat "$here/simulated" ;;
  update) exit "$(cat "$here/update")" ;;
  install*) ;;
  download*) [ ! -e "$here/offline" ] || exit 100
    shift; for package; do mkdir -p "$here/files/usr/bin"; echo "$package" > "${package%%=*}.deb"; done ;;
esac
"""
APT_CACHE = """\
#!/bin/sh
[ "$LC_ALL" = C ] || { echo "Installationskandidat"; exit 0; }
shift
version=$(cat "$(dirname "$0")/offered")
for package; do printf '%s:\\n  Installed: (none)\\n  Candidate: %s\\n\\n' "$package" "$version"; done
"""
DPKG_QUERY = '#!/bin/sh\ncat "$(dirname "$0")/status"\n'
DPKG_DEB = '#!/bin/sh\ncp "$2" "$3/"\n'


@dataclass
class Machine:
    """A machine with stand-ins for Debian's tools. ``bin`` is all of its PATH that the node looks at."""

    bin: Path
    said: io.StringIO

    def has(self, *programs: str) -> None:
        for program in programs:
            (self.bin / program).write_text("#!/bin/sh\n")
            (self.bin / program).chmod(0o755)

    def say(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)

    def asked(self) -> list[str]:
        file = self.bin / "asked"
        return file.read_text().splitlines() if file.is_file() else []

    def install(self) -> None:
        install_packages(PlainProgress(self.said), self.bin / "apt.log")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(tmp_path / "bin", io.StringIO())
    found.bin.mkdir()
    tools = {"apt-get": APT_GET, "apt-cache": APT_CACHE, "dpkg-query": DPKG_QUERY, "dpkg-deb": DPKG_DEB}
    for name, text in tools.items():
        found.say(name, text)
        (found.bin / name).chmod(0o755)
    for name, text in {"simulated": "", "update": "0", "status": "", "offered": "9.9"}.items():
        found.say(name, text)
    monkeypatch.setenv("PATH", f"{found.bin}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(packages, "program_path", lambda: str(found.bin))
    return found


def test_a_machine_that_has_the_programs_is_left_alone(machine: Machine) -> None:
    """Whoever brought them: containerd.io's runc, a buildah from source."""
    machine.has(*EVERY_PROGRAM)
    machine.install()
    assert missing_packages() == []
    assert machine.asked() == []
    assert machine.said.getvalue() == ""


def test_what_will_be_installed_is_said_before_and_apt_may_not_remove_anything(machine: Machine) -> None:
    machine.has(*(program for program in EVERY_PROGRAM if program not in {"socat", "ipset"}))
    machine.say(
        "simulated", "Inst libwrap0 (7.6 Debian)\nInst libc6 [2.36-1] (2.36-2 D)\nInst ipset (7 D)\nInst socat (1 D)\n"
    )
    machine.install()
    update, simulate, install = machine.asked()
    said = "Debian packages that will be installed: ipset, socat, and what they need: libwrap0."
    said += " They need newer versions of libc6. Nothing is removed."
    assert said in machine.said.getvalue()
    assert machine.said.getvalue().index("will be installed") < machine.said.getvalue().index("Install Debian packages")
    assert update.startswith("update ")
    assert " --simulate " in simulate
    words = install.split()
    assert words[0] == "install"
    assert {"--no-remove", "--option=DPkg::Lock::Timeout=60", "--option=Dpkg::Options::=--force-confold"} < set(words)
    assert {"LC_ALL=C", "NEEDRESTART_SUSPEND=1", "noninteractive"} < set(words)
    assert {"ipset", "socat"} < set(words)
    assert "runc" not in words


def test_if_apt_would_remove_anything_nothing_is_done(machine: Machine) -> None:
    machine.say("simulated", "Remv docker-ce [5:28]\nRemv containerd.io [1.7]\nInst runc (1.1.5 Debian)\n")
    with pytest.raises(SituationError, match=r"apt would remove docker-ce, containerd\.io .* nothing was changed"):
        machine.install()
    assert [line.split()[0] for line in machine.asked()] == ["update", "install"]
    assert "--simulate" in machine.asked()[1]


def test_a_source_that_does_not_answer_matters_only_if_apt_lacks_something(machine: Machine) -> None:
    machine.say("update", "100")
    machine.say("simulated", "Inst socat (1 D)\n")
    machine.install()
    assert machine.asked()[-1].startswith("install --yes --no-remove")
    (machine.bin / "simulated").unlink()
    with pytest.raises(PortalError, match="apt-get failed with exit code 100"):
        machine.install()


def test_an_older_package_of_the_machine_is_not_replaced(machine: Machine) -> None:
    machine.has(*EVERY_PROGRAM)
    machine.say("status", "runc installed 1.0.0~rc93\nbuildah installed 1.28.2\nipset config-files 6.0\n")
    assert missing_packages() == ["runc"]
    with pytest.raises(SituationError, match=r"newer versions of what this machine has: runc 1\.1\.5"):
        machine.install()
    assert machine.asked() == []


def test_a_machine_without_apt_is_a_sentence(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.has(*EVERY_PROGRAM)
    (machine.bin / "apt-get").unlink()
    monkeypatch.setenv("PATH", str(machine.bin))
    with pytest.raises(PortalError, match="this machine has no apt"):
        machine.install()


def test_unpacked_programs_are_those_that_debian_has_now(machine: Machine) -> None:
    first = unpacked(machine.bin / "log")
    assert (first / "etcd-server.deb").read_text() == "etcd-server=9.9\n"
    assert unpacked(machine.bin / "log") == first
    machine.say("offered", "9.10")
    assert (unpacked(machine.bin / "log") / "etcd-server.deb").read_text() == "etcd-server=9.10\n"


def test_without_a_network_the_earlier_ones_have_to_do(machine: Machine) -> None:
    machine.has("offline")
    with pytest.raises(PortalError, match="exit code 100"):
        unpacked(machine.bin / "log")
    (machine.bin / "offline").unlink()
    first = unpacked(machine.bin / "log")
    machine.has("offline")
    machine.say("offered", "9.10")
    assert unpacked(machine.bin / "log") == first


# Docker's own packages as they declare themselves (https://download.docker.com/linux/debian/dists).
STATUS = """\
Package: containerd.io
Status: install ok installed
Version: 1.7.27-1
Architecture: all
Maintainer: stand-in <x@y.example>
Provides: containerd, runc
Conflicts: containerd, runc
Replaces: containerd, runc
Description: stand-in

Package: docker-ce
Status: install ok installed
Version: 5:28.0.1-1~debian.12~bookworm
Architecture: all
Maintainer: stand-in <x@y.example>
Depends: containerd.io (>= 1.6.24)
Description: stand-in
"""
OFFER = """\
Package: {name}
Version: 9.9
Architecture: all
Maintainer: stand-in <x@y.example>
Filename: none.deb
Size: 1
SHA256: 0000000000000000000000000000000000000000000000000000000000000000
Description: stand-in
"""
CONFIGURATION = """\
Dir "{root}";
Dir::State "state";
Dir::State::status "{root}/status";
Dir::Cache "cache";
Dir::Etc "etc";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "root";
"""


@pytest.fixture
def real_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine's apt, with a status and sources of its own: it touches nothing of the machine."""
    if shutil.which("apt-get") is None:
        pytest.skip("this machine has no apt")
    root = tmp_path / "root"
    for folder in (
        "state/lists/partial",
        "cache/archives/partial",
        "etc/apt.conf.d",
        "etc/preferences.d",
        "repository",
    ):
        (root / folder).mkdir(parents=True)
    (root / "status").write_text(STATUS)
    (root / "repository" / "Packages").write_text("\n".join(OFFER.format(name=name) for name in INSTALLED))
    (root / "etc" / "sources.list").write_text(f"deb [trusted=yes] file:{root}/repository ./\n")
    (root / "apt.conf").write_text(CONFIGURATION.format(root=root))
    monkeypatch.setenv("APT_CONFIG", str(root / "apt.conf"))

    def never(*_words: object, **_named: object) -> None:
        pytest.fail("apt-get would have installed something")

    monkeypatch.setattr(packages, "run_undisturbed", never)
    monkeypatch.setattr(packages, "_too_old", list[str])
    subprocess.run(["apt-get", "update"], check=True, capture_output=True)
    return root


@pytest.mark.usefixtures("real_apt")
def test_apt_itself_would_take_docker_away_and_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(planned_changes(["runc"]).removed) == ["containerd.io", "docker-ce"]
    assert planned_changes(["socat", "buildah"]).removed == []
    monkeypatch.setattr(packages, "program_path", lambda: str(tmp_path))
    with pytest.raises(SituationError, match=r"apt would remove .*docker-ce.* from this machine"):
        install_packages(PlainProgress(io.StringIO()), tmp_path / "log")


def test_an_installation_goes_on_when_the_command_is_interrupted_or_killed(tmp_path: Path) -> None:
    """As dpkg leaves packages half configured if it is stopped in their middle."""
    slow = tmp_path / "apt-get"
    wait = f"touch {tmp_path}/began\nwhile [ ! -e {tmp_path}/go ]; do sleep 0.02; done\n"
    slow.write_text(f"#!/bin/sh\n{wait}echo said\ntouch {tmp_path}/done\n")
    slow.chmod(0o755)
    script = (
        "import sys\nfrom pathlib import Path\nfrom portal.base.process import run_undisturbed\n"
        f"try:\n    run_undisturbed([{str(slow)!r}], log=Path({str(tmp_path / 'log')!r}))\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    for how in (signal.SIGINT, signal.SIGKILL):
        for file in ("began", "go", "done"):
            (tmp_path / file).unlink(missing_ok=True)
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True) as ours:
            await_file(tmp_path / "began")
            os.killpg(ours.pid, how)
            if how == signal.SIGKILL:
                ours.wait()
            (tmp_path / "go").touch()
            said, _ = ours.communicate(timeout=20)
        await_file(tmp_path / "done")
        assert said.decode().strip() == ("interrupted" if how == signal.SIGINT else "")


def await_file(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not come"
        time.sleep(0.01)


def test_an_installation_that_fails_shows_what_it_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of an earlier one\n")
    with pytest.raises(PortalError, match=r"(?s)sh failed with exit code 3 .*E: no room") as caught:
        run_undisturbed(["sh", "-c", "echo 'E: no room' >&2; exit 3"], log=log)
    assert "earlier" not in str(caught.value)
    with pytest.raises(PortalError, match="cannot be started"):
        run_undisturbed([tmp_path / "nothing"], log=log)
