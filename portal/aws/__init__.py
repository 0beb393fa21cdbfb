"""Facts about AWS that need no account and no network."""
