"""Our own single-node Kubernetes: Linux and root, no container engine.

Apart from the machine in namespaces of its own.
"""
