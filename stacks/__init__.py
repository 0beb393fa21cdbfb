"""One file per environment, and the compositions that they choose from."""
