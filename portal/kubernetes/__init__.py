"""A cluster as it is asked and read: kubectl with an explicit context, whose objects are whose, pods, rollouts, logs."""
