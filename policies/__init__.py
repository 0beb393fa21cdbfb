"""Rules for graphs. Tests use them; they are pure functions and do not import Pulumi."""
