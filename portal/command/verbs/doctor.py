"""Show what this machine has, and what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import typer
from rich.table import Table
from rich.text import Text

from portal.base.checkout import cache_folder
from portal.base.errors import PortalError
from portal.base.process import output
from portal.base.run_parallel import run_parallel
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json
from portal.command.verb import Verb
from portal.deploy.pulumi_cli import pulumi_program
from portal.image.container_builder import BUILDERS, container_builder
from portal.image.container_runtime import container_runtime
from portal.node.packages import INSTALLED, missing_packages
from portal.node.tools import LEAST_GO, cached_tools, unbuilt_tools

ANY, BUILDING, ENGINE = "any path", "building", "engine"
NODE, KIND, EXISTING = "cluster: local node", "cluster: kind", "cluster: one of yours"
PATHS = (NODE, KIND, EXISTING)
# A container engine or a kubeconfig on a dead network drive must not hold the doctor.
LIMIT_SECONDS = 10.0
# Packages, layers and archives of a first build, and the node with what runs on it.
FIRST_BUILD_GIB = 10

# How to get a program: the package where a system has one, else the publisher's page.
DEBIAN = {"docker": "docker.io", "podman": "podman", "buildah": "buildah"}
FEDORA = {"podman": "podman", "buildah": "buildah"}
HOMEBREW = {"docker": "--cask docker", "podman": "podman", "kind": "kind", "kubectl": "kubernetes-cli"}
PAGES = {
    "docker": "https://docs.docker.com/engine/install",
    "podman": "https://podman.io/docs/installation",
    "buildah": "https://github.com/containers/buildah/blob/main/install.md",
    "kind": "https://kind.sigs.k8s.io",
    "kubectl": "https://kubernetes.io/docs/tasks/tools",
}


class NeedAnswer(JsonAnswer):
    """One requirement of a path."""

    path: str
    """The path, which is one way to build or run a portal: `any path`, `building`, `cluster: local node` and so on."""

    what: str
    """What is needed."""

    here: bool
    """Whether this machine has it."""

    needed: bool
    """Whether the path needs it. If not, `portal up` gets it or works without it."""

    detail: str
    """What was found, or what is missing."""

    fix: str | None = None
    """How to get it: a command to run, or a URL."""


class PathAnswer(JsonAnswer):
    """One way to run a portal from this machine."""

    name: str
    """The path."""

    possible: bool
    """Whether this machine has everything that the path needs."""

    missing: tuple[str, ...]
    """What is missing."""


class DoctorAnswer(JsonAnswer):
    """`portal doctor --json`. The exit code is 0 even if something is missing."""

    findings: tuple[NeedAnswer, ...]
    """What each path needs."""

    paths: tuple[PathAnswer, ...]
    """Which paths work now."""

    caches: Mapping[str, int]
    """What is in the user's cache folder: bytes by name."""

    debian_packages: dict[str, bool]
    """The Debian packages that the local node uses, and whether each is installed."""


verb = Verb(answers=(DoctorAnswer,))


@verb.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Show what this machine has, what is missing and how to get it, and what is cached.

    \b
    portal doctor
    """
    _run(context.obj, as_json=as_json)


def _run(context: Context, *, as_json: bool) -> None:
    """Print what each path needs, what is cached outside checkouts, and which paths work now."""
    found = examine(context)
    paths = [_path(name, found) for name in PATHS]
    caches, missing = cached_tools(), missing_packages()
    if as_json:
        packages = {name: name not in missing for name in INSTALLED}
        answer = DoctorAnswer(findings=tuple(found), paths=tuple(paths), caches=caches, debian_packages=packages)
        context.out.document(shown(answer))
        return
    before, table = "", _grid()
    for need in found:
        if need.path != before:
            if before:
                context.show(table)
            context.out.print(need.path, style="bold")
            before, table = need.path, _grid()
        mark = ("ok", "green") if need.here else ("--", "red" if need.needed else "yellow")
        table.add_row(
            Text.assemble("  ", mark), need.what, need.detail if need.fix is None else f"{need.detail}; {need.fix}"
        )
    context.show(table)
    _print_kept(context, caches, sorted(set(INSTALLED) - set(missing)))
    _print_summary(context, paths)


def examine(context: Context) -> list[NeedAnswer]:
    """Examine this machine, path by path. Slow programs run in parallel."""
    looks: dict[str, Callable[[], str | None]] = {
        "engine": container_runtime,
        "contexts": _contexts,
        **{name: partial(_builder, context, name) for name in BUILDERS},
    }
    found = run_parallel(looks, LIMIT_SECONDS)

    def said(name: str) -> str | None:
        answer = found[name]
        return answer if isinstance(answer, str) else None

    return [*_general(context), *_building(said), _engine(), *_own_node(context), *_clusters(said)]


def _grid() -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=4)
    table.add_column(width=16)
    table.add_column(overflow="fold")
    return table


def how_to_get(program: str, system: str | None = None) -> str:
    """How to get a program on this machine's system, or on a named one: a command, or a URL."""
    packages = {"apt": DEBIAN, "dnf": FEDORA, "brew": HOMEBREW}
    managers = {"apt": "apt-get install", "dnf": "dnf install", "brew": "brew install"}
    system = system or next((name for name in packages if shutil.which(name)), None)
    if system is not None and program in packages[system]:
        return f"{managers[system]} {packages[system][program]}"
    return PAGES[program]


def _general(context: Context) -> list[NeedAnswer]:
    free = shutil.disk_usage(context.checkout.root).free / 2**30
    enough = free > FIRST_BUILD_GIB
    machine = f"{os.cpu_count()} CPUs, {platform.machine()}, {platform.system()}"
    return [
        NeedAnswer(path=ANY, what="machine", here=True, needed=False, detail=machine),
        NeedAnswer(
            path=ANY,
            what="disk",
            here=enough,
            needed=True,
            detail=f"{free:.0f} GiB free (a first build wants {FIRST_BUILD_GIB})",
            fix=None if enough else "free some, or move the checkout",
        ),
    ]


def _building(said: Callable[[str], str | None]) -> list[NeedAnswer]:
    """One is enough, and the local node installs buildah, so no path needs any of them."""
    return [
        NeedAnswer(
            path=BUILDING,
            what=name,
            here=said(name) is not None,
            needed=False,
            detail=said(name) or ("does not answer" if shutil.which(name) else "not installed"),
            fix=None if said(name) else "start it" if shutil.which(name) else how_to_get(name),
        )
        for name in BUILDERS
    ]


def _engine() -> NeedAnswer:
    pulumi = pulumi_program()
    detail = str(pulumi or "neither on the PATH nor in our cache; `portal up` downloads it, or else uses kubectl")
    return NeedAnswer(path=ENGINE, what="pulumi", here=pulumi is not None, needed=False, detail=detail)


def _own_node(context: Context) -> list[NeedAnswer]:
    linux, root = sys.platform == "linux", hasattr(os, "geteuid") and os.geteuid() == 0
    missing = missing_packages() if linux else sorted(INSTALLED)
    apt = shutil.which("apt-get") is not None
    built = not unbuilt_tools(context.checkout.tools)
    go = shutil.which("go") or f"{'.'.join(map(str, LEAST_GO))} or newer is fetched from PyPI"
    return [
        NeedAnswer(
            path=NODE,
            what="Linux",
            here=linux,
            needed=True,
            detail=platform.platform(),
            fix=None if linux else "use kind or an existing cluster",
        ),
        NeedAnswer(
            path=NODE,
            what="root",
            here=root,
            needed=True,
            detail="yes" if root else "no",
            fix=None if root else "run `portal up` with sudo",
        ),
        NeedAnswer(
            path=NODE,
            what="Debian packages",
            here=not missing,
            needed=not apt,
            detail=", ".join(missing) or "all installed",
            fix=None if not missing else "`portal up` installs them" if apt else "Debian or a child of it has them",
        ),
        NeedAnswer(
            path=NODE,
            what="Kubernetes",
            here=built,
            needed=False,
            detail="built" if built else "the first `portal up` builds it, up to 25 minutes",
        ),
        NeedAnswer(path=NODE, what="Go", here=True, needed=False, detail=go),
    ]


def _clusters(said: Callable[[str], str | None]) -> list[NeedAnswer]:
    engine, contexts, kubectl = said("engine"), said("contexts"), shutil.which("kubectl")
    return [
        NeedAnswer(
            path=KIND,
            what="docker or podman",
            here=engine is not None,
            needed=True,
            detail=engine or "none runs",
            fix=None if engine else how_to_get("docker"),
        ),
        _program(KIND, "kind"),
        _program(KIND, "kubectl"),
        _program(EXISTING, "kubectl"),
        NeedAnswer(
            path=EXISTING,
            what="a context",
            here=bool(contexts),
            needed=True,
            detail=contexts or ("the kubeconfig has none" if kubectl else "unknown without kubectl"),
            fix=None if contexts else "get a kubeconfig from whoever runs the cluster",
        ),
    ]


def _program(path: str, name: str) -> NeedAnswer:
    found = shutil.which(name)
    fix = None if found else how_to_get(name)
    return NeedAnswer(path=path, what=name, here=bool(found), needed=True, detail=found or "not installed", fix=fix)


def _builder(context: Context, name: str) -> str:
    return container_builder(context.checkout.containers, name).version


def _contexts() -> str:
    """The contexts of the user's kubeconfig, by name."""
    program = shutil.which("kubectl")
    if program is None:
        raise PortalError("no kubectl")
    return ", ".join(output([program, "config", "get-contexts", "--output=name"]).split())


def _path(name: str, found: Sequence[NeedAnswer]) -> PathAnswer:
    missing = [need.what for need in found if need.path in {ANY, name} and need.needed and not need.here]
    # The local node installs a builder; other paths need one.
    if name != NODE and not any(need.here for need in found if need.path == BUILDING):
        missing.append(f"one of {', '.join(BUILDERS)}")
    return PathAnswer(name=name.partition(": ")[2], possible=not missing, missing=tuple(missing))


def _print_kept(context: Context, caches: Mapping[str, int], installed: Sequence[str]) -> None:
    context.out.print("kept on this machine", style="bold")
    for name, size in caches.items():
        context.out.print(f"  {cache_folder() / name}: {size / 2**20:.0f} MiB (delete it freely)")
    if installed:
        context.wrap(f"Debian packages that the local node uses: {', '.join(installed)}", "  ")
    context.wrap(
        "caches of Go, Yarn and npm (`go clean -cache -modcache`, `yarn cache clean --all`, `npm cache clean --force`),"
        " and buildah's list of layers in /var/lib/containers/cache",
        "  ",
    )


def _print_summary(context: Context, paths: Sequence[PathAnswer]) -> None:
    open_now = [path.name for path in paths if path.possible]
    context.wrap(f"`portal up` can run a portal here now with {', '.join(open_now) or 'nothing yet'}.", "", "bold")
    for path in paths:
        if not path.possible:
            context.wrap(f"{path.name} still needs {', '.join(path.missing)}.", "")
