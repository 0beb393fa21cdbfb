"""A pod in the portal's namespace that is not the portal."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager

from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl

CONTAINER_KEYS = ("image", "imagePullPolicy", "securityContext", "resources")


@contextmanager
def stranger(kubectl: Kubectl) -> Generator[str]:
    """Its name for kubectl. As restricted as the namespace asks for, and with none of the portal's labels."""
    template = kubectl.read("deployment/backstage", "--namespace=portal")["spec"]["template"]["spec"]
    container = {key: template["containers"][0][key] for key in CONTAINER_KEYS}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "stranger", "namespace": "portal"},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": template["securityContext"],
            "containers": [
                {"name": "stranger", "command": ["node", "--eval", "setInterval(() => {}, 1000)"], **container}
            ],
        },
    }
    output(kubectl.command("apply", "--filename=-"), stdin=json.dumps(pod))
    try:
        output(kubectl.command("wait", "--namespace=portal", "--for=condition=Ready", "pod/stranger", patience=0))
        yield "pod/stranger"
    finally:
        output(kubectl.command("delete", "pod", "stranger", "--namespace=portal", "--now", patience=0))
