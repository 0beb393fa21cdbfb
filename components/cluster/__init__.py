"""Clusters: each ends in ``.provider``."""
