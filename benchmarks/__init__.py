"""Timings of the helpers beside other ways to do the same work: `python -m benchmarks`."""
