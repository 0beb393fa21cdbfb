"""The plugin catalogue: one record a plugin, in ``records/``. Adding a plugin touches nothing else."""
