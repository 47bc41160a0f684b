"""The chapters, run, and the documents as pages for a browser: `python -m d2lcourse.site`, or `make site`."""
