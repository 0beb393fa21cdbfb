"""A cluster that is already there, by its context, used for a stack of this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.process import output
from portal.base.progress import Progress
from portal.deploy.cluster import RunningCluster
from portal.deploy.kind_cluster import container_runtime, load_into_kind
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import OWN_TYPES, own_selector
from portal.kubernetes.refusal import cluster_refusal
from portal.models.cluster import Cluster, Namespace
from portal.release.images import Images


@dataclass(frozen=True)
class ExistingCluster:
    """A context that somebody named. RunningCluster through a port that kubectl forwards."""

    checkout: Checkout
    cluster: Cluster
    url: str
    stack: str
    namespace: Namespace
    kind: str = "context"

    def prepare(self, progress: Progress) -> None:
        """Nothing to install."""

    def start(self, progress: Progress) -> RunningCluster:
        """Ask the API server whether it is there, for ten seconds at most."""
        kubectl = self.kubectl()
        with progress.phase(f"Reach the cluster of context {self.cluster.context}"):
            _require_context(kubectl)
            try:
                output(kubectl.command("get", "--raw", "/readyz"))
            except PortalError as error:
                raise cluster_refusal(self.cluster.context, str(error)) or error from error
        settings = self.cluster.model_dump(by_alias=True, exclude_none=True)
        return RunningCluster(kubectl, {"portal:cluster": settings})

    def load(self, images: Images, progress: Progress) -> None:
        """Kind's nodes take an archive; of other clusters only their owner knows how an image gets there."""
        archived = [image.reference for image in (images.portal, images.database) if image.archive is not None]
        engine = container_runtime()
        if self.cluster.context.startswith("kind-") and engine is not None:
            load_into_kind(self.cluster.context.removeprefix("kind-"), engine, images, self.checkout, progress)
        elif archived:
            progress.note(f"The nodes of {self.cluster.context} have to have {' and '.join(archived)} already.")

    def open(self, namespace: str, service: str) -> None:
        """Forward the portal's port with kubectl, in the background, until ``down``."""
        self.close()
        port = urlsplit(self.url).port or 80
        command = self.kubectl().command(
            "port-forward",
            f"--namespace={namespace}",
            f"service/{service}",
            f"{port}:80",
            "--address=127.0.0.1",
            patience=0,
        )
        words = [str(word) for word in command]
        log = self.checkout.state / "logs" / "forward.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as file:
            process = subprocess.Popen(  # noqa: S603 - our own words
                words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
        self._forward_file.parent.mkdir(exist_ok=True)
        self._forward_file.write_text(json.dumps({"pid": process.pid, "command": words}))

    def stop(self, progress: Progress) -> None:
        """Take the portal's workloads out; the namespace with its claim stays."""
        self.close()
        with progress.phase("Remove the portal's workloads"):
            selector = f"--selector={own_selector(self.stack)}"
            output(
                self.kubectl().command(
                    "delete",
                    "deployments,statefulsets",
                    f"--namespace={self.namespace.name}",
                    selector,
                    "--ignore-not-found",
                )
            )

    def delete(self, progress: Progress) -> None:
        """Delete the namespace with everything in it; out of one that we did not make, what is ours."""
        self.close()
        selector = f"--selector={own_selector(self.stack)}"
        kinds = "namespaces,clusterroles,clusterrolebindings"
        what = f"Delete the namespace {self.namespace.name}"
        if not self.namespace.create:
            kinds = ",".join(OWN_TYPES)
            what = f"Delete the portal from the namespace {self.namespace.name}"
        with progress.phase(what):
            # Nobody is served any more: pods need not wait as they do for their users.
            pods = ["delete", "deployments,statefulsets,pods", f"--namespace={self.namespace.name}", selector]
            output(self.kubectl().command(*pods, "--now", "--ignore-not-found", patience=0))
            words = ["delete", kinds, f"--namespace={self.namespace.name}", selector, "--ignore-not-found"]
            output(self.kubectl().command(*words, patience=0))

    def running(self) -> bool:
        """Somebody else's matter: as far as we know, it does."""
        return True

    def kubectl(self) -> Kubectl:
        """Kubectl of the PATH with the context; the kubeconfig is found as Pulumi's provider finds it.

        Source: pulumi/pulumi-kubernetes provider/pkg/provider/util.go; the provider runs in the checkout's folder.
        """
        program = shutil.which("kubectl")
        if program is None:
            raise PortalError("kubectl is not on the PATH: install it (https://kubernetes.io/docs/tasks/tools)")
        given = self.cluster.kubeconfig
        kubeconfig = self.checkout.root / Path(given).expanduser() if given else None
        return Kubectl(Path(program), self.cluster.context, kubeconfig, self.checkout.state)

    @property
    def _forward_file(self) -> Path:
        return self.checkout.state / "forwards" / f"{self.stack}.json"

    def close(self) -> None:
        """Stop forwarding."""
        if not self._forward_file.is_file():
            return
        known = json.loads(self._forward_file.read_text())
        try:
            running = output(["ps", "-o", "args=", "-p", str(known["pid"])]).strip()
        except PortalError:
            running = ""
        # The number may be somebody else's by now; and a kubectl that hands over to another one keeps its words only.
        if running.endswith(" ".join(known["command"][1:])):
            with suppress(ProcessLookupError):
                os.kill(int(known["pid"]), signal.SIGTERM)
        self._forward_file.unlink()


def _require_context(kubectl: Kubectl) -> None:
    file = [f"--kubeconfig={kubectl.kubeconfig}"] if kubectl.kubeconfig is not None else []
    known = output([kubectl.program, *file, "config", "get-contexts", "--output=name"]).split()
    if kubectl.context not in known:
        raise InputError(
            where="--context, or portal:cluster",
            key="context",
            got=f'"{kubectl.context}"',
            allowed=f"a context of the kubeconfig ({', '.join(known) or 'it has none'})",
            fix="choose one of them",
        )
