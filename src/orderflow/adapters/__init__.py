"""Implementations of the ports, each loaded only when it is imported."""
