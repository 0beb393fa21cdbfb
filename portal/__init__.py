"""All of the product that does not import Pulumi (only the recorder of the graph does).

The order of the packages is in docs/architecture.md, and ``tests/test_layers.py`` holds it.
"""
