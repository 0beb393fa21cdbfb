"""Stack files: read as the Pulumi CLI reads them, written with what nobody needs to choose."""
