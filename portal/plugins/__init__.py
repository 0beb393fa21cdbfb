"""The plugin library: a file for each plugin (``records/``), sign-in provider (``signin/``) and source (``sources/``).

To add one, add a file. Nothing else changes.
"""
