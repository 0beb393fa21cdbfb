"""Our own single-node Kubernetes: Linux and root, no container engine, apart from the machine in namespaces of its own."""
