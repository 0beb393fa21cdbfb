"""Rules over a graph: used by tests, by previews, and one day as a Pulumi policy pack. Pure functions, no Pulumi."""
