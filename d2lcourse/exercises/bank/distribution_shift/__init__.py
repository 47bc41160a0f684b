"""Exercises of the chapter distribution_shift, in their order."""

ORDER = (
    "weighted_loss",
    "effective_sample_size",
    "density_ratio_weights",
    "confusion_matrix",
    "estimate_label_distribution",
    "label_shift_weights",
    "correct_posteriors",
)
