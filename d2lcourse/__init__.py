"""The course around the chapters: command line, exercises, the notes' numbers run again."""
