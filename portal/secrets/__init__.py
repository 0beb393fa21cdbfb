"""Secrets of a stack: what is needed, what nobody needs to choose, and Pulumi's own format for keeping them."""
