"""What can be seen of a portal that runs: its pods, its plugins, its log. Looks only; changes nothing."""
