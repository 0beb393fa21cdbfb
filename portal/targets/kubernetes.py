"""A portal in an existing cluster."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.models.stack import StackSettings
from portal.targets.target import Target, Where


class KubernetesTarget(Target):
    """The stack names its cluster. There is no fallback to the current context."""

    def check(self, stack: str, settings: StackSettings, where: Where) -> Iterator[InputError]:
        """The stack has to name a cluster."""
        yield from super().check(stack, settings, where)
        if settings.cluster is None:
            yield InputError(
                where=where(("cluster",)),
                key="portal:cluster",
                got="nothing",
                allowed="a context of a kubeconfig ({context: my-cluster})",
                fix="write `portal:cluster: {context: ...}`; `kubectl config get-contexts` lists them",
            )


TARGET = KubernetesTarget(name="kubernetes", summary="the cluster in `cluster`", team=True)
