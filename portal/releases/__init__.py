"""Releases: what a stack deploys. Committed bundles under ``releases/``, and this checkout as ``workspace``."""
