"""What stands in front of a portal's Service: an Ingress or a route. One host each, none of them a controller."""
