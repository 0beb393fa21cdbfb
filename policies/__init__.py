"""Rules for graphs. Tests use them; they are pure functions. Only the policy pack among them knows Pulumi."""
