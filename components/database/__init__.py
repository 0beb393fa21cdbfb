"""Databases: each ends in ``.connection``."""
