"""Where a cluster's kubeconfig is. The only module that writes one for a cluster that a stack knows as data."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from portal.base.checkout import Checkout
from portal.base.files import write_whole
from portal.kubernetes.api import ClusterApi
from portal.models.cluster import Cluster

# Threads of one command ask for the same cluster at once. Processes write files of their own, and replace the whole.
_WRITING = Lock()


def kubeconfig_file(cluster: Cluster, checkout: Checkout) -> Path | None:
    """The kubeconfig that has a cluster's context, for kubectl and for :class:`ClusterApi`; None is the user's own.

    It is written if it is not there as it has to be. That needs no lock of the checkout: whoever writes it writes the
    same.
    """
    file, content = cluster.file(checkout.root), cluster.content(checkout.root)
    if file is not None and content is not None:
        with _WRITING:
            if _read(file) != content:
                write_whole(file, content, 0o600)
    return file


def cluster_api(cluster: Cluster, checkout: Checkout) -> ClusterApi:
    """The API of a cluster. Sends no request yet."""
    return ClusterApi(cluster.context, kubeconfig_file(cluster, checkout))


def _read(file: Path) -> str | None:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
