"""From a composition to images, on this machine and with no container registry if need be."""
