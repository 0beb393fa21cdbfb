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
    """Who may enter. ``guest`` lets everybody in and is refused wherever the address is not loopback."""

    provider: Literal["guest"]


class PluginSettings(Model):
    """What differs for one plugin in this stack. Options stand beside these keys and go over those of ``portal.yaml``.

    ``enabled: false`` excludes the plugin at run time. ``connected: false`` leaves it in and switches off the parts
    that need its service; only a loopback stack may.
    """

    enabled: bool = True
    connected: bool = True
    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, given: object) -> object:
        if not is_mapping(given):
            return given
        own = {key: value for key, value in given.items() if key in {"enabled", "connected"}}
        return {**own, "options": {key: value for key, value in given.items() if key not in own}}


class Cluster(Model):
    """The cluster of a stack: a context, never "the current one". ``kubeconfig`` absent: the user's own."""

    context: Annotated[str, Field(min_length=1)]
    kubeconfig: str | None = None


class Service(Model):
    """How the portal's Service is reached. ``node_port`` makes it a NodePort; absent: inside the cluster only."""

    node_port: Annotated[int, Field(ge=30000, le=32767)] | None = None


class Resources(Model):
    """What the portal's container asks for and may use at most. Node's heap is sized from the memory limit."""

    cpu: Quantity = "250m"
    memory: Size = "1Gi"
    cpu_limit: Quantity = "2"
    memory_limit: Size = "1536Mi"


class InClusterDatabase(Model):
    """PostgreSQL beside the portal. ``keep: false`` lets a destroy take the data along."""

    engine: Literal["in-cluster"] = "in-cluster"
    storage: Size = "5Gi"
    storage_class: Name | None = None
    keep: bool = True


class StackSettings(Model):
    """Everything under ``portal:`` in ``stacks/Pulumi.<stack>.yaml``.

    ``release`` is ``workspace`` (this checkout) or the id of a committed bundle. ``image`` overrides the image of a
    workspace release, by digest: for a checkout whose image was built elsewhere. ``secrets`` holds values only in the
    program's memory: in the file each is encrypted.
    """

    target: Literal["local", "kubernetes"]
    url: Origin
    sign_in: SignIn
    release: Annotated[str, AfterValidator(_release)] = "workspace"
    namespace: Name = "portal"
    cluster: Cluster | None = None
    service: Service = Service()
    replicas: Annotated[int, Field(ge=1, le=20)] = 1
    resources: Resources = Resources()
    database: InClusterDatabase = InClusterDatabase()
    plugins: dict[str, PluginSettings] = {}
    title: str | None = None
    image: Annotated[str, AfterValidator(_by_digest)] | None = None
    app_config: dict[str, Any] = {}
    secrets: dict[str, str] = {}

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the portal: what allows guests and unconnected plugins.

        A node port of a cluster that is not this machine's own shows the portal to whoever reaches the nodes.
        """
        exposed = self.service.node_port is not None and self.target != "local"
        return is_loopback(self.url) and not exposed
