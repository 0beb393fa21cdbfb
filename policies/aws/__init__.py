"""Rules for resources of AWS, one module for each service. What is unknown yet violates none."""
