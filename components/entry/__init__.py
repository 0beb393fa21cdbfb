"""What is in front of a portal's Service: an Ingress or a route, for one host. Neither includes a controller."""
