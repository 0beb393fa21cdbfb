"""What stands in front of a portal's Service."""
