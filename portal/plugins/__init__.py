"""The plugin library: one record a plugin, in ``records/``. Adding a plugin touches nothing else."""
