"""The graph: what the Pulumi program registers for a stack, recorded without engine, cluster or account."""
