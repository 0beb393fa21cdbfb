"""A cluster that cannot be asked anything: not there, not the one that is trusted, or not for these credentials."""

from __future__ import annotations

import re

from portal.base.errors import InputError

# kubectl 1.36's own words, seen on a running cluster.
_CREDENTIALS = re.compile(
    r"You must be logged in to the server|the server has asked for the client to provide credentials|Unauthorized"
)
# What a kubeconfig runs to get credentials (aws, gke-gcloud-auth-plugin, kubelogin).
_PLUGIN = re.compile(r"getting credentials: (exec: .*)")
_CERTIFICATE = re.compile(r"x509: (.*)")
_SILENT = re.compile(
    r"Unable to connect to the server|was refused - did you specify|Client\.Timeout|context deadline exceeded"
    r"|i/o timeout|no such host|connection refused|no route to host|EOF"
)


def cluster_refusal(context: str, said: str) -> InputError | None:
    """What kubectl ``said``, as one sentence; None where the cluster did answer and is not the matter."""
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "kubectl said nothing")
    if _CREDENTIALS.search(said):
        return _error(
            context,
            "credentials that the cluster does not take: they expired, or are not its own",
            "credentials that are valid now",
            "log in again, or renew them in the kubeconfig",
        )
    if plugin := _PLUGIN.search(said):
        return _error(
            context,
            f"no credentials from the program that the kubeconfig runs for them ({plugin.group(1)})",
            "a program that is installed and logged in",
            "install it, or log in with it again",
        )
    if certificate := _CERTIFICATE.search(said):
        return _error(
            context,
            f"a cluster whose certificate is not the one that the kubeconfig trusts ({certificate.group(1)})",
            "the cluster that the kubeconfig was made for",
            "get its kubeconfig anew; the cluster may have been made anew under the same address",
        )
    if _SILENT.search(said):
        return _error(
            context,
            "a cluster that does not answer",
            "a cluster that this machine reaches",
            f"start it, or correct the context ({last})",
        )
    return None


def _error(context: str, got: str, allowed: str, fix: str) -> InputError:
    return InputError(where="--context", key=context, got=got, allowed=allowed, fix=fix)
