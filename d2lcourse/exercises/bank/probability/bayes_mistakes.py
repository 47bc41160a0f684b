"""Wrong answers to bayes, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("this is P(b | a), what is known already: multiply row a by its prior, then divide by P(b)")
def bayes(prior, likelihood):
    return likelihood


@mistake("this is the joint table P(a, b): divide column b by its sum, P(b)")
def bayes(prior, likelihood):
    return prior.unsqueeze(1) * likelihood


@again
def bayes(prior, likelihood):
    joint = prior.unsqueeze(1) * likelihood
    return joint / joint.sum()  # of the whole table, 1


@mistake("the prior is left out, as if every a were equally likely: multiply row a by P(a) first")
def bayes(prior, likelihood):
    return likelihood / likelihood.sum(dim=0)


@mistake("the prior goes along the columns: it belongs to the rows, prior.unsqueeze(1) * likelihood")
def bayes(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum(dim=0)


@mistake("rows are divided by their sums, which gives P(b | a) again: divide the columns, sum(dim=0)")
def bayes(prior, likelihood):
    joint = prior.unsqueeze(1) * likelihood
    return joint / joint.sum(dim=1, keepdim=True)


@mistake("P(b) is taken without the prior: it is the sum of P(b | a) P(a) over a")
def bayes(prior, likelihood):
    return prior.unsqueeze(1) * likelihood / likelihood.sum(dim=0)


@mistake("it is divided by P(a) instead of multiplied: P(a, b) = P(b | a) P(a)")
def bayes(prior, likelihood):
    ratio = likelihood / prior.unsqueeze(1)
    return ratio / ratio.sum(dim=0)


@mistake("the table is turned round: a row for each a, a column for each b")
def bayes(prior, likelihood):
    joint = prior.unsqueeze(1) * likelihood
    return (joint / joint.sum(dim=0)).T


@mistake("this is P(b), the denominator: P(a | b) = P(b | a) P(a) / P(b)")
def bayes(prior, likelihood):
    return prior @ likelihood


@mistake(
    "a small number is added to P(b), which counts where b is rare: divide by P(b) itself",
    needs=r"\+ |clamp|clip",
)
def bayes(prior, likelihood):
    joint = prior.unsqueeze(1) * likelihood
    return joint / (joint.sum(dim=0) + 1e-8)


@again
def bayes(prior, likelihood):
    joint = prior.unsqueeze(1) * likelihood
    return joint / joint.sum(dim=0).clamp(min=1e-9)


@mistake(
    "the products are put through softmax: they are no scores, divide each column by its sum", needs="softmax"
)
def bayes(prior, likelihood):
    return (prior.unsqueeze(1) * likelihood).softmax(dim=0)


@mistake("prior and likelihood are added: P(a, b) is their product")
def bayes(prior, likelihood):
    joint = prior.unsqueeze(1) + likelihood
    return joint / joint.sum(dim=0)
