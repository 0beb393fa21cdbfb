"""A portal in a cluster that is already there."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.models.stack import StackSettings
from portal.targets.target import Target, Where


class KubernetesTarget(Target):
    """The stack names its cluster: never fall back to the current context."""

    def check(self, settings: StackSettings, where: Where) -> Iterator[InputError]:
        """A cluster has to be named."""
        if settings.cluster is None:
            yield InputError(
                where=where(("cluster",)),
                key="portal:cluster",
                got="nothing",
                allowed="a context of a kubeconfig ({context: my-cluster})",
                fix="write `portal:cluster: {context: ...}`; `kubectl config get-contexts` lists them",
            )


TARGET = KubernetesTarget(name="kubernetes", summary="the cluster in `cluster`", team=True)
