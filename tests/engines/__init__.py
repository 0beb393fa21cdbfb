"""Whole lives of stacks on AWS, in an engine: what no recording shows.

An engine, Pulumi's own or a small one of these tests, runs the program and asks providers of these tests, all of them
processes that talk over gRPC. Nothing is made in an account or a cluster.
"""
