"""Clusters. Each component has a ``.provider``."""
