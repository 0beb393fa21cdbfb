"""The two files that people write, as models: ``portal.yaml`` and the settings of a stack."""
