"""What each provider adds to resources. One module per provider, with the name of its Pulumi package. Data only."""
