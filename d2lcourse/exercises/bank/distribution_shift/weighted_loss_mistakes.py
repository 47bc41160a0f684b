"""Wrong answers to weighted_loss, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("the weights are not applied: multiply each loss by its beta")
def weighted_loss(losses, beta, normalize):
    return losses.mean()


@mistake("the weights are averaged before they meet the losses: multiply each loss by its own beta")
def weighted_loss(losses, beta, normalize):
    l = beta.mean() * losses.mean()
    return l / beta.mean() if normalize else l


@mistake("a column of losses times a row of weights broadcasts to (n, n): losses.reshape(-1) first")
def weighted_loss(losses, beta, normalize):
    if normalize:
        beta = beta / beta.mean()
    return (beta * losses).mean()


@again
def weighted_loss(losses, beta, normalize):
    return (beta * losses).sum() / (beta.sum() if normalize else len(beta))


@mistake("the sum is not divided by n: without normalize, it is a mean over the examples")
def weighted_loss(losses, beta, normalize):
    l = beta @ losses.reshape(-1)
    return l / beta.sum() if normalize else l


@mistake("it is normalised whether asked for or not: without normalize, divide by n")
def weighted_loss(losses, beta, normalize):
    return beta @ losses.reshape(-1) / beta.sum()


@mistake("normalize is not used: with it, divide by the sum of the weights in place of n")
def weighted_loss(losses, beta, normalize):
    return beta @ losses.reshape(-1) / len(beta)


@mistake("the two divisors are exchanged: the sum of the weights belongs to normalize=True")
def weighted_loss(losses, beta, normalize):
    return beta @ losses.reshape(-1) / (len(beta) if normalize else beta.sum())


@mistake("normalised, it is divided by n as well: weights that sum to 1 make a mean by themselves")
def weighted_loss(losses, beta, normalize):
    if normalize:
        beta = beta / beta.sum()
    return (beta * losses.reshape(-1)).mean()


@mistake("the losses are divided by their weights: an example that the target has more often counts more")
def weighted_loss(losses, beta, normalize):
    return (losses.reshape(-1) / beta).sum() / (beta.sum() if normalize else len(beta))


@mistake("the result is cut off from the losses (.detach() or .data): nothing could be trained by it")
def weighted_loss(losses, beta, normalize):
    l = beta @ losses.detach().reshape(-1)
    return l / (beta.sum() if normalize else len(beta))


@mistake("each example's weighted loss is returned: make one number of them")
def weighted_loss(losses, beta, normalize):
    l = beta * losses.reshape(-1)
    return l / beta.sum() if normalize else l


@mistake(
    "a small number is added to the sum of the weights, which counts where they are small: leave it out",
    needs=r"\+ ",
)
def weighted_loss(losses, beta, normalize):
    weighted = (losses.reshape(-1) * beta).sum()
    return weighted / (beta.sum() + 1e-8) if normalize else weighted / len(beta)


@mistake("the weights are squared: beta_i l_i has each once")
def weighted_loss(losses, beta, normalize):
    weighted = (losses.reshape(-1) * beta**2).sum()
    return weighted / (beta.sum() if normalize else len(beta))


@mistake("weights above 1 are cut off: each loss is multiplied by its own beta, however large")
def weighted_loss(losses, beta, normalize):
    beta = beta.clamp(max=1)
    weighted = (losses.reshape(-1) * beta).sum()
    return weighted / (beta.sum() if normalize else len(beta))
