"""What a change would do to every stack: two commits compared, without a cluster, an account or a secret."""
