"""A cluster as it is asked and read: kubectl by context, whose objects are whose, pods, rollouts, logs."""
