"""Right answers to effective_sample_size, each by another way than the chapter's."""


def effective_sample_size(beta):
    shares = beta / beta.sum()
    return 1 / float((shares**2).sum())


def effective_sample_size(weights):
    largest = max(weights.tolist())
    scaled = [weight / largest for weight in weights.tolist()]
    return sum(scaled) ** 2 / sum(one * one for one in scaled)


def effective_sample_size(beta):
    beta = beta / beta.mean()
    return len(beta) / (beta**2).mean()
