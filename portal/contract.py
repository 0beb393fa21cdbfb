"""What the pod and app-config agree on: ports, folders, environment, labels, names of secrets.

Components do not import this: what they need comes in their arguments. A test compares it with the Containerfile.
"""

from __future__ import annotations

# A local cluster publishes the portal's Service at this port of its node.
NODE_PORT = 30707
