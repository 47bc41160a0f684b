"""Many runs of chapters: what a run is, where its result is kept, and who runs it."""
