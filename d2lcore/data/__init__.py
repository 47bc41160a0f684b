"""Data: files, the sets made of them, and minibatches."""
