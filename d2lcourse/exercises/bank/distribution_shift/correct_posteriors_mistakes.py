"""Wrong answers to correct_posteriors, each under what its writer is to read."""

from d2lcourse.exercises.bank import mistake


@mistake("the rows no longer sum to 1: divide each by its sum")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs * beta
    return joint


@mistake("beta is upside down: p, the target, over q, the source")
def correct_posteriors(probs, p, q):
    beta = q / p
    joint = probs * beta
    return joint / joint.sum(dim=1, keepdim=True)


@mistake("q is forgotten: the classifier's probabilities contain it already, so divide by it")
def correct_posteriors(probs, p, q):
    beta = p
    joint = probs * beta
    return joint / joint.sum(dim=1, keepdim=True)


@mistake("p is forgotten: dividing by q alone is right for a target with equally frequent classes")
def correct_posteriors(probs, p, q):
    beta = 1 / q
    joint = probs * beta
    return joint / joint.sum(dim=1, keepdim=True)


@mistake("the sums go over the examples, dim=0: each row has to sum to 1, so sum over the classes, dim=1")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs * beta
    return joint / joint.sum(dim=0)


@mistake("the sum goes over the whole batch: each row has to sum to 1 by itself, dim=1")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs * beta
    return joint / joint.sum()


@mistake("without keepdim=True the sums are a row, not a column: they do not fit the rows they belong to")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs * beta
    return joint / joint.sum(dim=1)


@mistake("the weights go along the examples: each class, that is each column, has its own")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs * beta[:, None]
    return joint / joint.sum(dim=1, keepdim=True)


@mistake("the products are put through softmax: they are no scores, divide each row by its sum")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs * beta
    return joint.softmax(dim=1)


@mistake("beta is added: Bayes' rule multiplies")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs + beta
    return joint / joint.sum(dim=1, keepdim=True)


@mistake("the weights are not applied: multiply the probabilities by beta before the rows are divided")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs
    return joint / joint.sum(dim=1, keepdim=True)


@mistake("this is the class: return the probabilities of all of them")
def correct_posteriors(probs, p, q):
    beta = p / q
    joint = probs * beta
    return joint.argmax(dim=1)
