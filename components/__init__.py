"""Pulumi components. They read no files and no config; what they need is in their arguments."""
