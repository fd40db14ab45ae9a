"""The shop at work: the memory store and what drives the concepts."""
