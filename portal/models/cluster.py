"""The cluster of a stack, its namespace, and where pods run and images come from."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from portal.base.json_types import is_mapping
from portal.base.quantity import quantity
from portal.models.base import Model, refusal
from portal.models.scalars import Name, Quantity, Size

_REPOSITORY = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")


class Cluster(Model):
    """The cluster of a stack: a context that is named, never the current one."""

    context: Annotated[str, Field(min_length=1)]
    """A context of the kubeconfig."""

    kubeconfig: str | None = None
    """The file that has the context. Absent: the user's own."""


class Namespace(Model):
    """The portal's namespace."""

    name: Name = "portal"
    """Its name."""

    create: bool = True
    """`false` for a namespace that somebody else made: it is left as it is, and nothing in it but ours is touched."""


def namespace_by_name(given: object) -> object:
    """``portal`` for ``{name: portal}``."""
    return given if is_mapping(given) or isinstance(given, Namespace) else {"name": given}


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        raise refusal("a registry, with a path if it needs one (mirror.acme.example/hub)", "leave scheme and tag out")
    return text


class ImageSource(Model):
    """Where the cluster's nodes get images from."""

    registry: Annotated[str, AfterValidator(_repository)] | None = None
    """Takes the place of every image's own registry: a mirror, or a proxy with its path."""

    pull_secret: Name | None = None
    """A Secret of the namespace (`kubernetes.io/dockerconfigjson`) that opens the registry."""


class Resources(Model):
    """What the portal's container asks for, and may use at most."""

    cpu: Quantity = "250m"
    """CPU that is reserved."""

    memory: Size = "1Gi"
    """Memory that is reserved. An idle portal with the core plugins uses 600 MB."""

    cpu_limit: Annotated[Quantity, Field(validate_default=True)] = "2"
    """CPU that it may use: starting is what needs it."""

    memory_limit: Annotated[Size, Field(validate_default=True)] = "1536Mi"
    """Memory at which it is ended. Node's heap is three quarters of it."""

    @field_validator("cpu_limit", "memory_limit")
    @classmethod
    def _not_below_what_is_reserved(cls, most: str, others: ValidationInfo) -> str:
        name = str(others.field_name).removesuffix("_limit")
        least = str(others.data.get(name, "0"))
        if quantity(most) < quantity(least):
            raise refusal(f"{least} or more, as {name} is {least}", f"raise {name}Limit, or lower {name}")
        return most


class Autoscaling(Model):
    """As many pods as their CPU asks for. Takes the place of `replicas`."""

    min: Annotated[int, Field(ge=1, le=20)] = 2
    """Pods that always run."""

    max: Annotated[int, Field(ge=2, le=20)]
    """Pods at most. The database's connections are counted for all of them."""

    @field_validator("max")
    @classmethod
    def _not_below_min(cls, most: int, others: ValidationInfo) -> int:
        least = int(others.data.get("min", 1))
        if most < least:
            raise refusal(f"{least} or more, as min is {least}", "raise max, or lower min")
        return most

    cpu_percent: Annotated[int, Field(ge=10, le=500)] = 80
    """The CPU that a pod uses on average, in percent of what it reserves, above which there will be more."""


class Toleration(Model):
    """A taint of nodes that pods put up with."""

    key: Annotated[str, Field(min_length=1)]
    """The taint's key."""

    value: str | None = None
    """The taint's value. Absent: any."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """The taint's effect. Absent: any."""


class Scheduling(Model):
    """Which nodes the pods run on."""

    priority_class: Name | None = None
    """The priority class of all pods: it has to exist."""

    node_selector: dict[str, str] = {}
    """Labels that a node must have."""

    tolerations: tuple[Toleration, ...] = ()
    """Taints that pods put up with."""

    spread: Literal["preferred", "required"] = "preferred"
    """Replicas on different nodes and zones: where possible, or else not at all."""
