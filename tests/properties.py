"""Settings of hypothesis for properties that are cheap to state and many to test."""

from hypothesis import Phase, settings

# Few small examples, the same each time; a failing one is shown as it was drawn, because mutants fail too.
quick = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
)
