"""Pulumi components. They read neither files nor configuration; their arguments have all that they need."""
