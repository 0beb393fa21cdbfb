"""Buckets, and the keys that encrypt."""
