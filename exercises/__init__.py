"""The exercises: a file a chapter, named after it, each with the tuple EXERCISES."""
