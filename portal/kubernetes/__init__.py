"""Read from a cluster and run kubectl against it: the API, ownership labels, pods, rollouts, and logs."""
