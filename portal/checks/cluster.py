"""A stack names its cluster; only ``local`` may leave that to ``portal up``."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan


def check_cluster(plan: Plan) -> Iterator[InputError]:
    """The current context is nobody's decision: a stack that has no cluster of its own has to say which."""
    if plan.settings.target != "local" and plan.settings.cluster is None:
        yield InputError(
            where=plan.where(("cluster",)),
            key="portal:cluster",
            got="nothing",
            allowed="a context of a kubeconfig ({context: my-cluster})",
            fix="write `portal:cluster: {context: ...}`; `kubectl config get-contexts` lists them",
        )
