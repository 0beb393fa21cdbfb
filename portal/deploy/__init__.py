"""Make a stack real: clusters that a local stack can use, the engines, and the steps between them."""
