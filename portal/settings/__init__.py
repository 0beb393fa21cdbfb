"""Stack files: read as the Pulumi CLI reads them, turned into settings, written with what nobody needs to choose."""
