"""The lab of broken trainings: scripts that run and do not learn, each with one fault to find and repair."""
