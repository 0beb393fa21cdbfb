"""What every part needs: errors, YAML with line numbers, canonical forms, processes, progress. Decides nothing."""
