"""From a workspace to images and a release bundle, on this machine and with no container registry if need be."""
