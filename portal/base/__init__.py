"""What every part needs and nothing here decides: errors, YAML with places, canonical forms, processes, progress."""
