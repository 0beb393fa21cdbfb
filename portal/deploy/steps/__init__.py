"""The steps of a deployment, one a file. Their order stands in ``portal/deploy/up.py`` and ``down.py``."""
