"""Wrong answers to density_ratio_weights, each under what its writer is to read."""

from d2lcourse.exercises.bank import mistake


@mistake("large log-odds are cut off: a weight may be as large as exp(h) n / m makes it")
def density_ratio_weights(X_source, X_target, fit):
    h = fit(X_source, X_target)(X_source).clamp(max=10)
    return h.exp() * len(X_source) / len(X_target)
