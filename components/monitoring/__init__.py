"""What tells people that a portal is not well."""
