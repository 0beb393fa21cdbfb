"""Databases. Each component has a ``.connection``."""
