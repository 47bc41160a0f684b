"""Wrong answers to cross_entropy, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the exponentials overflow: subtract the row maximum from the scores first, or use torch.logsumexp")
def cross_entropy(O, y):
    return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]


@mistake(
    "the logarithm of a probability that has rounded to 0 is infinite: compute the loss from the scores, "
    "as log(sum exp) - score",
    needs=r"\blog\b",
)
def cross_entropy(O, y):
    return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y])


@mistake("the sign is wrong: the loss is *minus* the logarithm of the probability, and never negative")
def cross_entropy(O, y):
    return torch.log_softmax(O, dim=1)[torch.arange(len(y)), y]


@mistake("the mean of the batch is taken: return one loss an example, shape (n,)")
def cross_entropy(O, y):
    return torch.nn.functional.cross_entropy(O, y)


@mistake("the sum of the batch is taken: return one loss an example, shape (n,)")
def cross_entropy(O, y):
    return torch.nn.functional.cross_entropy(O, y, reduction="sum")


@mistake(
    "O[:, y] gives every example the scores of all the labels, (n, n): pick one a row, "
    "O[torch.arange(len(y)), y]"
)
def cross_entropy(O, y):
    return torch.logsumexp(O, dim=1, keepdim=True) - O[:, y]


@mistake("softmax is applied twice: torch's cross_entropy takes scores, not probabilities")
def cross_entropy(O, y):
    P = torch.softmax(O, dim=1)
    return torch.nn.functional.cross_entropy(P, y, reduction="none")


@mistake(
    "the result is cut off from the scores (.detach(), .data, .item() or torch.tensor), so that nothing "
    "could be trained by it"
)
def cross_entropy(O, y):
    return torch.nn.functional.cross_entropy(O.detach(), y, reduction="none")


@mistake(
    "the maximum of the whole batch is subtracted: rows of much smaller scores become log 0; subtract "
    "that of each row"
)
def cross_entropy(O, y):
    O = O - O.max()
    return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]


@again
def cross_entropy(O, y):
    O = O - O.max().detach()
    return O.exp().sum(dim=1).log() - O[torch.arange(len(y)), y]


@again
def cross_entropy(O, y):
    exps = torch.exp(O - O.max())
    P = exps / exps.sum(dim=1, keepdim=True)
    return -torch.log(P[torch.arange(len(y)), y])


@mistake(
    "a small number in the logarithm makes the loss finite, but not right: compute log(sum exp) - score "
    "instead"
)
def cross_entropy(O, y):
    return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-12)


@again
def cross_entropy(O, y):
    return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y].clamp(min=1e-12))


@again
def cross_entropy(O, y):
    return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-8)


@again
def cross_entropy(O, y):
    return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-9)


@again
def cross_entropy(O, y):
    return -torch.log(torch.softmax(O, dim=1)[torch.arange(len(y)), y] + 1e-10)


@mistake(
    "the logarithm is missing: this is minus the probability; nll_loss, too, takes log_softmax(O), not "
    "softmax(O)"
)
def cross_entropy(O, y):
    return -torch.softmax(O, dim=1)[torch.arange(len(y)), y]


@mistake("the loss is a column, (n, 1): return one number an example, shape (n,), with .squeeze(1)")
def cross_entropy(O, y):
    return torch.logsumexp(O, dim=1, keepdim=True) - O.gather(1, y.unsqueeze(1))


@again
def cross_entropy(O, y):
    return torch.nn.functional.cross_entropy(O, y, reduction="none").unsqueeze(1)


@mistake(
    "exp overflows in a softmax of one's own: subtract the row maximum first, and compute log(sum exp) - "
    "score"
)
def cross_entropy(O, y):
    exps = O.exp()
    P = exps / exps.sum(dim=1, keepdim=True)
    return -torch.log(P[torch.arange(len(y)), y])


@mistake("softmax goes over the examples (dim=0): the scores of each row compete, dim=1")
def cross_entropy(O, y):
    return -torch.log_softmax(O, dim=0)[torch.arange(len(y)), y]


@mistake("0 times log 0 is nan, of every class that has rounded to 0: compute log(sum exp) - score instead")
def cross_entropy(O, y):
    Y = torch.nn.functional.one_hot(y, O.shape[1])
    return -(Y * torch.log(torch.softmax(O, dim=1))).sum(dim=1)


@again
def cross_entropy(O, y):
    Y = torch.nn.functional.one_hot(y, O.shape[1])
    exps = torch.exp(O - O.amax(dim=1, keepdim=True))
    return -(Y * torch.log(exps / exps.sum(dim=1, keepdim=True))).sum(dim=1)


@mistake(
    "the row maxima are a column, (n, 1), beside sums of shape (n,), and broadcast to (n, n): add .squeeze(1)"
)
def cross_entropy(O, y):
    m = O.amax(dim=1, keepdim=True)
    return torch.exp(O - m).sum(dim=1).log() + m - O[torch.arange(len(y)), y]


@mistake(
    "without keepdim=True the maxima are a row, not a column: O.amax(dim=1, keepdim=True) fits the rows of O"
)
def cross_entropy(O, y):
    m = O.max(dim=1).values
    return torch.exp(O - m).sum(dim=1).log() + m - O[torch.arange(len(y)), y]


@again
def cross_entropy(O, y):
    O = O - O.max(dim=1).values
    return torch.exp(O).sum(dim=1).log() - O[torch.arange(len(y)), y]


@mistake(
    "the largest score is subtracted, whatever the class: it has to be that of the true class, "
    "O[torch.arange(len(y)), y]"
)
def cross_entropy(O, y):
    return O.logsumexp(dim=1) - O.max(dim=1).values
