"""Implementations with one planted defect each, which the contract suites must find."""
