"""A kubeconfig of an EKS cluster."""

from __future__ import annotations

import json


def kubeconfig(cluster: str, endpoint: str, authority: str, region: str) -> str:
    """Its user is a command that signs a token with whatever AWS credentials there are. It holds no secret."""
    command = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "portal",
        "args": ["aws", "token", "--cluster", cluster, "--region", region],
        "interactiveMode": "Never",
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
            "users": [{"name": cluster, "user": {"exec": command}}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": cluster}}],
            "current-context": cluster,
        }
    )
