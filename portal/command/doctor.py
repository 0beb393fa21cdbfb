"""``portal doctor``: what this machine has, what is missing for which path, and what a portal left on it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass

from portal.builder.engine import ENGINES, builder_engine
from portal.checkout import cache_folder
from portal.clusters.kind import container_engine
from portal.clusters.node.packages import INSTALLED, missing_packages
from portal.clusters.node.tools import LEAST_GO, cached_tools, unbuilt_tools
from portal.command.context import Context
from portal.engines.pulumi_cli import pulumi_program
from portal.errors import PortalError


@dataclass(frozen=True)
class Finding:
    """One thing that a path needs: whether it is here, and how to get it where it is not."""

    path: str
    what: str
    here: bool
    detail: str


def doctor(context: Context, *, as_json: bool) -> None:
    """Print the findings, then what is kept on this machine outside of checkouts."""
    findings = examine(context)
    caches = cached_tools()
    if as_json:
        packages = {name: name not in missing_packages() for name in INSTALLED}
        content = {"findings": [asdict(f) for f in findings], "caches": caches, "debianPackages": packages}
        context.out.out(json.dumps(content, indent=1))
        return
    before = ""
    for finding in findings:
        if finding.path != before:
            context.out.print(finding.path, style="bold")
            before = finding.path
        mark, style = ("ok", "green") if finding.here else ("--", "yellow")
        context.out.print(f"  [{style}]{mark}[/] {finding.what}: {finding.detail}", markup=True)
    context.out.print("kept on this machine", style="bold")
    for name, size in caches.items():
        context.out.print(f"  {cache_folder() / name}: {size / 2**20:.0f} MiB (delete it freely)")
    installed = sorted(set(INSTALLED) - set(missing_packages()))
    if installed:
        context.out.print(f"  Debian packages that the own node uses: {', '.join(installed)}")
    context.out.print(
        "  caches of Go, Yarn and npm"
        " (`go clean -cache -modcache`, `yarn cache clean --all`, `npm cache clean --force`),"
        " and buildah's list of layers in /var/lib/containers/cache"
    )


def examine(context: Context) -> list[Finding]:
    """Look at this machine, path by path."""
    free = shutil.disk_usage(context.checkout.root).free / 2**30
    linux, root = sys.platform == "linux", hasattr(os, "geteuid") and os.geteuid() == 0
    engine = container_engine()
    pulumi = pulumi_program()
    go = shutil.which("go")
    missing = missing_packages() if linux else []
    return [
        Finding("any path", "disk", free > 10, f"{free:.0f} GiB free (a first build wants 10)"),
        Finding("any path", "builder", *_builder(context)),
        Finding(
            "engine",
            "pulumi",
            pulumi is not None,
            str(pulumi or "neither on the PATH nor in our cache; `portal up` downloads it, or else uses kubectl"),
        ),
        Finding("cluster: kind", "docker or podman", engine is not None, engine or "none runs"),
        Finding("cluster: kind", "kind", *_program("kind", "https://kind.sigs.k8s.io")),
        Finding("cluster: kind", "kubectl", *_program("kubectl", "https://kubernetes.io/docs/tasks/tools")),
        Finding("cluster: our own node", "Linux", linux, platform.platform()),
        Finding("cluster: our own node", "root", root, "yes" if root else "run `portal up` with sudo"),
        Finding("cluster: our own node", "Debian packages", not missing, ", ".join(missing) or "all installed"),
        Finding(
            "cluster: our own node",
            "Kubernetes",
            not unbuilt_tools(context.checkout.tools),
            "built" if not unbuilt_tools(context.checkout.tools) else "the first `portal up` builds it",
        ),
        Finding(
            "cluster: our own node", "Go", True, go or f"{'.'.join(map(str, LEAST_GO))} or newer is fetched from PyPI"
        ),
    ]


def _builder(context: Context) -> tuple[bool, str]:
    try:
        engine = builder_engine(context.checkout.state / "containers")
    except PortalError:
        return False, f"one of {', '.join(ENGINES)} (our own node installs buildah)"
    return True, engine.version


def _program(name: str, where: str) -> tuple[bool, str]:
    found = shutil.which(name)
    return found is not None, found or where
