"""Record and read the graph: the resources that the Pulumi program registers for a stack, without an engine."""
