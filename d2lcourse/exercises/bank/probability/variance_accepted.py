"""Right answers to variance, each by another way than the chapter's."""


def variance(values, probabilities):
    return probabilities @ (values - probabilities @ values) ** 2


def variance(values, probabilities):
    shifted = values - values[0]  # the variance stays, and the squares are small
    return (shifted**2 * probabilities).sum() - (shifted * probabilities).sum() ** 2


def variance(values, probabilities):
    differences = values.unsqueeze(0) - values.unsqueeze(1)
    return (differences**2 * probabilities.unsqueeze(0) * probabilities.unsqueeze(1)).sum() / 2
