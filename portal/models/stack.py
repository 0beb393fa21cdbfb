"""The settings of a stack: where a portal runs, and what differs there."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from portal.json_types import is_mapping
from portal.models.base import Model, refusal
from portal.models.scalars import Name, Origin, Quantity, Size, is_loopback

_RELEASE = re.compile(r"workspace|r-[0-9a-f]{12}")
_BY_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")


def _release(text: str) -> str:
    if not _RELEASE.fullmatch(text):
        raise refusal("workspace, or the id of a release (r- and 12 hex digits)", "look into releases/ for its id")
    return text


def _by_digest(text: str) -> str:
    if not _BY_DIGEST.fullmatch(text):
        raise refusal("an image by digest (name@sha256:...)", "append the digest that the registry gives for its tag")
    return text


class SignIn(Model):
    """Who may enter."""

    provider: Literal["guest"]
    """`guest` lets everybody in, and is refused wherever the address is not loopback."""


class PluginSettings(Model):
    """What differs for one plugin in this stack. Options stand beside these keys and go over those of `portal.yaml`."""

    enabled: bool = True
    """`false` excludes the plugin at run time; its packages stay in the image."""

    connected: bool = True
    """`false` leaves the plugin in and switches off the parts that need its service. Only a loopback stack may."""

    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, given: object) -> object:
        if not is_mapping(given):
            return given
        own = {key: value for key, value in given.items() if key in {"enabled", "connected"}}
        return {**own, "options": {key: value for key, value in given.items() if key not in own}}


class Cluster(Model):
    """The cluster of a stack: a context that is named, never the current one."""

    context: Annotated[str, Field(min_length=1)]
    """A context of the kubeconfig."""

    kubeconfig: str | None = None
    """The file that has the context. Absent: the user's own."""


class Service(Model):
    """How the portal's Service is reached."""

    node_port: Annotated[int, Field(ge=30000, le=32767)] | None = None
    """A port that every node of the cluster opens. Absent: the Service is reached inside the cluster only."""


class Resources(Model):
    """What the portal's container asks for, and may use at most."""

    cpu: Quantity = "250m"
    """CPU that is reserved."""

    memory: Size = "1Gi"
    """Memory that is reserved. An idle portal with the core plugins uses 600 MB."""

    cpu_limit: Quantity = "2"
    """CPU that it may use: starting is what needs it."""

    memory_limit: Size = "1536Mi"
    """Memory at which it is ended. Node's heap is three quarters of it."""


class InClusterDatabase(Model):
    """PostgreSQL beside the portal."""

    engine: Literal["in-cluster"] = "in-cluster"
    """PostgreSQL 18 in the portal's namespace."""

    storage: Size = "5Gi"
    """The size of its volume."""

    storage_class: Name | None = None
    """The class of its volume. Absent: the cluster's default."""

    keep: bool = True
    """`false` lets a destroy take the data along; otherwise namespace and volume are protected and outlive the rest."""


class StackSettings(Model):
    """Everything under `portal:` in `stacks/Pulumi.<stack>.yaml`."""

    target: Literal["local", "kubernetes"]
    """`local`: the cluster that `portal up` chooses or makes on this machine. `kubernetes`: the one in `cluster`."""

    url: Origin
    """The one address of the portal; base URLs, CORS and CSP follow from it."""

    sign_in: SignIn
    """Who may enter."""

    release: Annotated[str, AfterValidator(_release)] = "workspace"
    """What is deployed: `workspace` is this checkout, `r-...` a committed release."""

    namespace: Name = "portal"
    """The namespace that the portal makes for itself."""

    cluster: Cluster | None = None
    """The cluster, for the target `kubernetes`; for `local` instead of one of our own."""

    service: Service = Service()
    """How the portal's Service is reached."""

    replicas: Annotated[int, Field(ge=1, le=20)] = 1
    """Pods of the portal. The database's connections are counted for all of them."""

    resources: Resources = Resources()
    """What the portal's container asks for, and may use at most."""

    database: InClusterDatabase = InClusterDatabase()
    """The portal's database."""

    plugins: dict[str, PluginSettings] = {}
    """What differs for a plugin here, by its name."""

    connect: tuple[Name, ...] = ()
    """Whose accounts a signed-in person can link: `github`, which GitHub Actions needs."""

    title: str | None = None
    """The portal's name in this stack. Absent: the one of `portal.yaml`."""

    image: Annotated[str, AfterValidator(_by_digest)] | None = None
    """The image of a `workspace` release that was built elsewhere, by digest."""

    app_config: dict[str, Any] = {}
    """Backstage's own configuration for this stack: merged over everything else, and checked like the rest."""

    secrets: dict[str, str] = {}
    """Secrets by name, each encrypted: `portal secrets init` and `portal secrets set` write them."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the portal: what allows guests and unconnected plugins.

        A node port of a cluster that is not this machine's own shows the portal to whoever reaches the nodes.
        """
        exposed = self.service.node_port is not None and self.target != "local"
        return is_loopback(self.url) and not exposed
