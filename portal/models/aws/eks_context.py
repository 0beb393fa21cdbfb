"""An EKS cluster as commands know it: a context, in a kubeconfig that is written where a program needs a file."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from portal.aws.kubeconfig import COMMAND, EksAddress, kubeconfig
from portal.base.canonical import content_hash
from portal.base.checkout import KUBECONFIGS
from portal.models.cluster import Cluster


class EksContext(Cluster):
    """The context of an EKS cluster that a stack knows as data. Nobody writes it into a file."""

    address: EksAddress = Field(exclude=True)
    """The cluster."""

    @classmethod
    def of(cls, address: EksAddress) -> EksContext:
        """The context of a cluster. Its kubeconfig has another path when anything in it changes."""
        path = f"{KUBECONFIGS}/{content_hash(kubeconfig(address))}.kubeconfig"
        return cls(context=address.arn, kubeconfig=path, address=address)

    def content(self, root: Path) -> str:
        """See :class:`Cluster`. It names the checkout's program by its whole path."""
        return kubeconfig(self.address, str(root / COMMAND))
