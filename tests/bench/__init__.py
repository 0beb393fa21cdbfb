"""`make bench`: what this checkout takes on this machine, against what it must."""
