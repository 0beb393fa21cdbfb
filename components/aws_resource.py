"""A resource of AWS without the SDK's class for it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

import pulumi


class AwsResource(pulumi.CustomResource):
    """One resource of the provider ``aws``, registered by its module and type: ``wafv2`` and ``WebAcl``.

    For the few types whose module of the SDK takes long to load: one class of ``wafv2`` loads thousands, which takes
    longer than to record all else of a stack. ``inputs`` have the names of the provider's schema, in camel case, and
    ``outputs`` are those that other resources need. Deliberately no types for either: a test registers the same inputs
    by the SDK's classes and compares.
    """

    def __init__(
        self,
        kind: tuple[str, str],
        name: str,
        inputs: Mapping[str, object],
        opts: pulumi.ResourceOptions | None = None,
        *,
        outputs: tuple[str, ...] = (),
    ) -> None:
        module, of = kind
        # The engine takes the provider of this version, as it does for the classes of the SDK.
        of_this_sdk = pulumi.ResourceOptions(version=version("pulumi-aws"))
        super().__init__(
            f"aws:{module}/{of[0].lower()}{of[1:]}:{of}",
            name,
            {**dict.fromkeys(outputs), **inputs},
            pulumi.ResourceOptions.merge(of_this_sdk, opts),
        )
