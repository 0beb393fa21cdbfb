"""Backups of a portal's database: a schedule, a volume of their own, and one before each release."""
