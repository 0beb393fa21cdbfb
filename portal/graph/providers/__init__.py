"""What each provider does with resources: one module a provider, called as Pulumi calls its package. Data only."""
