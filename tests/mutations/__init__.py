"""Mutated files and command lines: whatever is written, the command answers with a sentence or does what it says."""
