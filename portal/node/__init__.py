"""The local node: a single-node Kubernetes that needs Linux and root, but no container engine.

It runs in its own namespaces, separate from the rest of the machine.
"""
