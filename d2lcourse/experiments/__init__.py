"""Tables of papers, run again: one module a paper."""
