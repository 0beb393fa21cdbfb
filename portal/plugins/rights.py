"""What a plugin may do: in the portal's cluster, in AWS, and which of Backstage's permissions people get from it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from portal.models.base import Model


class RbacRule(Model):
    """One rule of a Kubernetes role. ``when`` is an option, as `{name}`: without it, the rule always counts."""

    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    when: str | None = None


class KubernetesNeeds(Model):
    """What the plugin may do in the portal's cluster. Any rule here mounts a service account token into the pod.

    ``namespaces`` is an option, as `{name}`: where it has a value, the plugin has Roles in those namespaces. Otherwise
    it has a ClusterRole.
    """

    namespaces: str | None = None
    rules: tuple[RbacRule, ...] = ()


class AwsStatement(Model):
    """What the plugin may do in AWS, as a statement of a policy. It gets no more than that.

    ``resources`` are ARNs with ``{account}`` and ``{region}`` of the stack. ``*`` is only for actions that AWS cannot
    limit to a resource (https://docs.aws.amazon.com/service-authorization/latest/reference).
    """

    sid: Annotated[str, Field(pattern=r"^[A-Za-z0-9]+$")]
    actions: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Za-z]+\*?$")], ...], Field(min_length=1)]
    resources: Annotated[tuple[str, ...], Field(min_length=1)]


class OwnerPermissions(Model):
    """Backstage permissions that people have for what is theirs.

    The backend ``plugin`` has the condition ``rule`` for things of the ``resource_type``. The rule's ``parameter``
    takes the references of the person and of their groups.
    """

    plugin: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    resource_type: str
    rule: str
    parameter: str
    permissions: tuple[str, ...]


class PermissionGrants(Model):
    """The Backstage permissions of a plugin that people have, besides reading: all that their names say.

    ``everyone`` are those of all who are signed in, ``owners`` those that depend on who owns what. Administrators have
    every permission, and nobody else has one that is not named here, unless it only reads. ``administrators`` are
    permissions that only read, and that nobody else has even so.
    Source of names: the plugin's `-common` package.
    """

    everyone: tuple[str, ...] = ()
    owners: tuple[OwnerPermissions, ...] = ()
    administrators: tuple[str, ...] = ()
