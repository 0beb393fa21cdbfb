"""Who may do what in an account."""
