"""ConfigMaps and Secrets that have a hash of their content in their names, and never change.

The hash stands in the logical name too: with a fixed logical name a change is a replacement, and after a rollout that
failed the way back would meet an object that already exists (docs/adr/0004).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap, Secret

from components.metadata import CommonMetadata
from components.secret_value import SecretValue
from portal.base.content_name import content_name


def immutable_config_map(
    name: str,
    namespace: pulumi.Input[str],
    metadata: CommonMetadata,
    data: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> ConfigMap:
    """A ConfigMap whose name is ``name`` and the hash of its data."""
    full = content_name(name, dict(data))
    return ConfigMap(
        full,
        metadata=metadata.of(full, namespace),
        immutable=True,
        data=dict(data),
        opts=opts,
    )


def immutable_secret(
    name: str,
    namespace: pulumi.Input[str],
    metadata: CommonMetadata,
    values: Mapping[str, SecretValue],
    opts: pulumi.ResourceOptions,
) -> Secret:
    """A Secret whose name is ``name`` and the hash of the fingerprints of its values."""
    full = content_name(name, {key: value.fingerprint for key, value in values.items()})
    return Secret(
        full,
        metadata=metadata.of(full, namespace),
        immutable=True,
        string_data={key: value.value for key, value in values.items()},
        opts=opts,
    )
