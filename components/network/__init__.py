"""The network of an account and region."""
