"""Wrong answers to effective_sample_size, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("the squares overflow: divide the weights by the largest first, which does not change the result")
def effective_sample_size(beta):
    return beta.sum() ** 2 / (beta**2).sum()


@mistake(
    "small weights stay as they are, and their squares round to 0: divide by the largest, however small it is"
)
def effective_sample_size(beta):
    beta = beta / beta.max().clamp(min=1)
    return beta.sum() ** 2 / (beta**2).sum()


@mistake("the fraction is upside down: the square of the sum is above")
def effective_sample_size(beta):
    beta = beta / beta.max()
    return (beta**2).sum() / beta.sum() ** 2


@mistake("the sum above is not squared")
def effective_sample_size(beta):
    return beta.sum() / (beta**2).sum()


@again
def effective_sample_size(beta):
    beta = beta / beta.max()
    return beta.sum() / (beta**2).sum()


@mistake("the weights below are not squared: the sum of beta^2 is meant")
def effective_sample_size(beta):
    return beta.sum() ** 2 / beta.sum()


@again
def effective_sample_size(beta):
    beta = beta / beta.max()
    return beta.sum() ** 2 / beta.sum()


@mistake("above and below are the same: above, add first and square then; below, square first")
def effective_sample_size(beta):
    beta = beta / beta.max()
    return (beta**2).sum() / (beta**2).sum()


@mistake("1 / sum beta^2 holds for weights of sum 1: divide them by their sum first")
def effective_sample_size(beta):
    return 1 / (beta**2).sum()


@mistake("this is the share of n: means in place of sums leave a factor 1/n")
def effective_sample_size(beta):
    beta = beta / beta.max()
    return beta.mean() ** 2 / (beta**2).mean()


@mistake("the square of the sum is divided by n: divide by the sum of the squares")
def effective_sample_size(beta):
    return beta.sum() ** 2 / len(beta)


@mistake("the root is taken: (sum beta)^2 / sum beta^2, as it stands")
def effective_sample_size(beta):
    beta = beta / beta.max()
    return beta.sum() / (beta**2).sum().sqrt()


@mistake("the examples with a weight are counted: an example of small weight is worth less than one")
def effective_sample_size(beta):
    return float((beta > 0).sum())


@mistake("the examples are counted, whatever their weights")
def effective_sample_size(beta):
    return len(beta)
