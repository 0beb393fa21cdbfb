"""From ``portal.yaml`` and the catalogue to the exact set of npm packages, and a workspace that builds it."""
