"""A cluster that cannot be asked anything: not there, not the one that is trusted, or not for these credentials."""

from __future__ import annotations

from portal.base.errors import InputError, PortalError
from portal.kubernetes.api_errors import (
    CertificateError,
    ClusterError,
    CredentialProgramError,
    KubeconfigError,
    UnauthorizedError,
    UnreachableError,
)


def cluster_refusal(error: PortalError) -> InputError | None:
    """The error as a sentence that says what to correct; None where the cluster did answer and is not the matter."""
    match error:
        case UnauthorizedError():
            return _error(
                error,
                "credentials that the cluster does not take: they expired, or are not its own",
                "credentials that are valid now",
                "log in again, or renew them in the kubeconfig",
            )
        case CredentialProgramError():
            return _error(
                error,
                f"no credentials from the program that the kubeconfig runs for them ({error.reason})",
                "a program that is installed and logged in",
                "install it, or log in with it again",
            )
        case CertificateError():
            return _error(
                error,
                f"a cluster whose certificate is not the one that the kubeconfig trusts ({error.reason})",
                "the cluster that the kubeconfig was made for",
                "get its kubeconfig anew; the cluster may have been made anew under the same address",
            )
        case UnreachableError():
            return _error(
                error,
                "a cluster that does not answer",
                "a cluster that this machine reaches",
                f"start it, or correct the context ({error.reason})",
            )
        case KubeconfigError():
            return _error(
                error,
                f"a context that leads to no cluster ({error.reason})",
                "a context of a kubeconfig that can be read",
                "correct the context or the kubeconfig",
            )
        case _:
            return None


def _error(error: ClusterError, got: str, allowed: str, fix: str) -> InputError:
    return InputError(where="--context", key=error.context, got=got, allowed=allowed, fix=fix)
