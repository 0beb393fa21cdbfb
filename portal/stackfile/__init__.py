"""Stack files: read the way the Pulumi CLI reads them, and written with generated values."""
