"""The Pulumi program: a settings file for each stack, and a module for each target that builds a portal there."""
