"""Build images from a composition on this machine, without a container registry if necessary."""
