"""Deploy a stack: the clusters for local stacks, the engines, and the steps of ``up`` and ``down``."""
