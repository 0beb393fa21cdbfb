"""Engines: what makes a graph real.

``pulumi`` is the product; ``kubectl`` stands in for ``local`` where there is no CLI.
"""
