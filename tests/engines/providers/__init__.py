"""Providers that make nothing, with the names of real ones. Engines start them as they start those."""
