"""What EKS Auto Mode brings into a cluster and portals use: here its definition only, which nothing acts on."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl

GROUP, VERSION, KIND, PLURAL = "eks.amazonaws.com", "v1", "TargetGroupBinding", "targetgroupbindings"
_TEXT = {"type": "string"}
# Auto Mode finds a target group by its ARN only. Whatever else is written there is refused here, as a mistake.
# https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
_SPEC: Mapping[str, Any] = {
    "type": "object",
    "required": ["serviceRef", "targetGroupARN", "targetType"],
    "properties": {
        "serviceRef": {
            "type": "object",
            "required": ["name", "port"],
            "properties": {"name": _TEXT, "port": {"x-kubernetes-int-or-string": True}},
        },
        "targetGroupARN": {**_TEXT, "pattern": r"^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup/"},
        "targetType": {**_TEXT, "enum": ["instance", "ip"]},
    },
}
_DEFINITION: Mapping[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"{PLURAL}.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"kind": KIND, "plural": PLURAL, "singular": KIND.lower()},
        "versions": [
            {
                "name": VERSION,
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": _SPEC}}},
            }
        ],
    },
}


@contextmanager
def auto_mode(kubectl: Kubectl) -> Generator[None]:
    """The definition, for as long as it is needed."""
    name = f"customresourcedefinition/{PLURAL}.{GROUP}"
    output(kubectl.command("apply", "--server-side", "--filename=-"), stdin=json.dumps(_DEFINITION))
    try:
        output(kubectl.command("wait", name, "--for=condition=Established", "--timeout=30s", patience=0))
        # It reads anew what the cluster serves, which later commands of the same user have from a file.
        output(kubectl.command("api-resources", f"--api-group={GROUP}"))
        yield
    finally:
        output(kubectl.command("delete", name, "--ignore-not-found", patience=0))
