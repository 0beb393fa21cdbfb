"""The ``portal`` command."""
