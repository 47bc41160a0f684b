"""Wrong answers to variance, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "two huge numbers are subtracted, and the digits are lost near 10^8: take the mean off *before* squaring"
)
def variance(values, probabilities):
    return (values**2 * probabilities).sum() - (values * probabilities).sum() ** 2


@mistake("this is E[f^2]: take the mean off the values before squaring them")
def variance(values, probabilities):
    return (values**2 * probabilities).sum()


@mistake("the probabilities are not used, as if every value were equally likely: weigh both sums by them")
def variance(values, probabilities):
    return values.var(correction=0)


@again
def variance(values, probabilities):
    return ((values - values.mean()) ** 2).mean()


@mistake("the probabilities are not used, and it is divided by k - 1: weigh both sums by the probabilities")
def variance(values, probabilities):
    return values.var()


@mistake("values.mean() knows nothing of the probabilities: E[f] = (values * probabilities).sum()")
def variance(values, probabilities):
    return ((values - values.mean()) ** 2 * probabilities).sum()


@mistake("the squares are averaged without the probabilities: weigh them too, ((f - E[f])^2 P).sum()")
def variance(values, probabilities):
    mean = (values * probabilities).sum()
    return ((values - mean) ** 2).mean()


@mistake("the deviations are not squared, and so they cancel: their mean is 0")
def variance(values, probabilities):
    return ((values - (values * probabilities).sum()) * probabilities).sum()


@mistake("this is the standard deviation, the root: the variance is its square")
def variance(values, probabilities):
    return ((values - (values * probabilities).sum()) ** 2 * probabilities).sum().sqrt()


@mistake("the probabilities are squared as well: square the deviation alone, then weigh it")
def variance(values, probabilities):
    return (((values - (values * probabilities).sum()) * probabilities) ** 2).sum()


@mistake("this is the mean distance from the mean: the variance takes the square, not the absolute value")
def variance(values, probabilities):
    return ((values - (values * probabilities).sum()).abs() * probabilities).sum()


@mistake("the deviation is multiplied by the value: square it, (f - E[f])^2")
def variance(values, probabilities):
    mean = (values * probabilities).sum()
    return ((values - mean).abs() * values.abs() * probabilities).sum()


@mistake("the probabilities are inside the square: weigh the squared deviations, (f - E[f])^2 P")
def variance(values, probabilities):
    mean = (values * probabilities).sum()
    return ((values * probabilities - mean) ** 2).sum()


@mistake(
    "it is multiplied by k / (k - 1), as for a sample: with probabilities the variance is their mean alone"
)
def variance(values, probabilities):
    mean = (values * probabilities).sum()
    return ((values - mean) ** 2 * probabilities).sum() * len(values) / (len(values) - 1)
