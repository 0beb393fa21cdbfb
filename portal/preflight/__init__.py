"""What a live cluster and a live database say before anything is applied to them. Keeps nothing there."""
