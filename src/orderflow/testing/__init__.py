"""Contract suites and broken samples for those who write their own implementation of a port."""
