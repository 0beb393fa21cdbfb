"""Clusters that a portal can run in on this machine: one that is there, kind, or our own node."""
