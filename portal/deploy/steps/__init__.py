"""The steps of a deployment, one per file. Their order is in ``portal/deploy/up.py`` and ``down.py``."""
