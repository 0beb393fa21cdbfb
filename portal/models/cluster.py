"""The cluster of a stack, its namespace, where its pods run, and where its images come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from portal.base.json_types import is_mapping
from portal.base.quantity import quantity
from portal.models.base import Model, refusal
from portal.models.scalars import Cpu, LabelValue, Line, MetadataKey, Name, Registry, Size, at_least

_IDLE = "an idle portal with the core plugins uses 600 MB"


class Cluster(Model):
    """The cluster of a stack, by the name of a context. The current context is never used."""

    context: Line
    """A context of the kubeconfig."""

    kubeconfig: Line | None = None
    """The kubeconfig file. Default: your own."""

    def file(self, root: Path) -> Path | None:
        """The kubeconfig as Pulumi's provider finds it: from the checkout's folder, which it runs in.

        None is the user's own. Source: pulumi/pulumi-kubernetes provider/pkg/provider/util.go.
        """
        return root / Path(self.kubeconfig).expanduser() if self.kubeconfig else None

    def content(self, root: Path) -> str | None:
        """What :meth:`file` has to hold, in this checkout. None if somebody else writes it."""
        return None


class Namespace(Model):
    """The portal's namespace."""

    name: Name = "portal"
    """Its name."""

    create: bool = True
    """`false` for a namespace that already exists. It stays as it is; only the portal's own objects in it change."""


def namespace_by_name(given: object) -> object:
    """``portal`` for ``{name: portal}``."""
    return given if is_mapping(given) or isinstance(given, Namespace) else {"name": given}


class ImageSource(Model):
    """Where the cluster's nodes pull images from."""

    registry: Registry | None = None
    """Replaces the registry of every image: a mirror, or a proxy with its path."""

    pull_secret: Name | None = None
    """A Secret in the namespace (`kubernetes.io/dockerconfigjson`) with the registry's credentials."""


class Resources(Model):
    """CPU and memory of the portal's container."""

    cpu: Cpu = "250m"
    """CPU request."""

    memory: Annotated[Size, AfterValidator(at_least("128Mi", _IDLE))] = "1Gi"
    """Memory request. An idle portal with the core plugins uses 600 MB."""

    cpu_limit: Annotated[Cpu, Field(validate_default=True)] = "2"
    """CPU limit. Startup needs the most."""

    memory_limit: Annotated[Size, AfterValidator(at_least("768Mi", _IDLE)), Field(validate_default=True)] = "1536Mi"
    """Memory limit; the container is killed above it. Node.js gets three quarters of it as its heap."""

    @field_validator("cpu_limit", "memory_limit")
    @classmethod
    def _not_below_what_is_reserved(cls, most: str, others: ValidationInfo) -> str:
        name = str(others.field_name).removesuffix("_limit")
        least = str(others.data.get(name, "0"))
        if quantity(most) < quantity(least):
            raise refusal(f"{least} or more, as {name} is {least}", f"raise {name}Limit, or lower {name}")
        return most


class Autoscaling(Model):
    """Scale the number of pods with their CPU use, instead of `replicas`."""

    min: Annotated[int, Field(ge=1, le=20)] = 2
    """Minimum number of pods."""

    max: Annotated[int, Field(ge=2, le=20)]
    """Maximum number of pods. The database has to allow enough connections for all of them."""

    @field_validator("max")
    @classmethod
    def _not_below_min(cls, most: int, others: ValidationInfo) -> int:
        least = int(others.data.get("min", 1))
        if most < least:
            raise refusal(f"{least} or more, as min is {least}", "raise max, or lower min")
        return most

    cpu_percent: Annotated[int, Field(ge=10, le=500)] = 80
    """Target CPU use of a pod, in percent of its CPU request. If the use is higher, pods are added."""


class Toleration(Model):
    """A taint the pods tolerate."""

    key: MetadataKey
    """The taint's key."""

    value: LabelValue | None = None
    """The taint's value. Default: any."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """The taint's effect. Default: any."""


class Scheduling(Model):
    """Which nodes the pods run on."""

    priority_class: Name | None = None
    """The priority class of all pods. It has to exist."""

    node_selector: dict[MetadataKey, LabelValue] = {}
    """Labels that a node must have."""

    tolerations: tuple[Toleration, ...] = ()
    """Taints that the pods tolerate."""

    spread: Literal["preferred", "required"] = "preferred"
    """Run replicas on different nodes and zones: if possible (`preferred`), or always (`required`)."""
