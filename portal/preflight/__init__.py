"""Ask a live cluster and a live database before anything is applied. Leaves nothing there."""
