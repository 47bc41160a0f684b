"""Wrong answers to estimate_label_distribution, each under what its writer is to read."""

import itertools

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("this is C^-1 mu, in which an entry may be negative: find the best p among those with p >= 0")
def estimate_label_distribution(C, mu):
    return torch.linalg.solve(C, mu)


@mistake("C is transposed: its columns are the true classes, so that mu = C p as it stands")
def estimate_label_distribution(C, mu):
    return torch.linalg.solve(C.T, mu)


@again
def estimate_label_distribution(C, mu):
    k = len(mu)
    best, p = None, None
    for r in range(1, k + 1):
        for kept in itertools.combinations(range(k), r):
            A = C.T[:, kept]
            ones = torch.ones(r, 1, dtype=C.dtype)
            top = torch.cat([A.T @ A, ones], dim=1)
            bottom = torch.cat([ones.T, torch.zeros(1, 1, dtype=C.dtype)], dim=1)
            right = torch.cat([A.T @ mu, ones[0]])
            some = torch.linalg.solve(torch.cat([top, bottom]), right)[:r]
            error = (A @ some - mu).norm()
            if (some > -1e-12).all() and (best is None or error < best):
                best, p = error, torch.zeros_like(mu)
                p[list(kept)] = some
    return p.clamp(min=0)


@mistake("an absolute value invents members of a class that has none: find the best p with p >= 0 instead")
def estimate_label_distribution(C, mu):
    p = torch.linalg.solve(C, mu).abs()
    return p / p.sum()


@again
def estimate_label_distribution(C, mu):
    return torch.linalg.solve(C, mu).abs()


@mistake("cut off at 0, the entries sum to more than 1: find the best p among those with sum 1")
def estimate_label_distribution(C, mu):
    return torch.linalg.solve(C, mu).clamp(min=0)


@mistake("cut off at 0 and divided by the sum is a distribution, but not the one with the least ||C p - mu||")
def estimate_label_distribution(C, mu):
    p = torch.linalg.solve(C, mu).clamp(min=0)
    return p / p.sum()


@mistake("the smallest entry is moved to 0 and the rest with it: that changes the ratio of all others")
def estimate_label_distribution(C, mu):
    p = torch.linalg.solve(C, mu)
    p = p - p.min().clamp(max=0)
    return p / p.sum()


@mistake(
    "C^-1 mu is projected: that finds the distribution nearest to it, not the one with C p nearest to mu"
)
def estimate_label_distribution(C, mu):
    p = torch.linalg.solve(C, mu)
    low, high = p.min() - 1, p.max()
    for _ in range(100):
        middle = (low + high) / 2
        if (p - middle).clamp(min=0).sum() > 1:
            low = middle
        else:
            high = middle
    return (p - high).clamp(min=0)


@mistake("p >= 0 is kept, but the sum of 1 is lost: hold both at once")
def estimate_label_distribution(C, mu):
    k = len(mu)
    best, p = None, None
    for r in range(1, k + 1):
        for kept in itertools.combinations(range(k), r):
            A = C[:, kept]
            ones = torch.ones(r, 1, dtype=C.dtype)
            top = torch.cat([A.T @ A, ones], dim=1)
            bottom = torch.cat([ones.T, torch.zeros(1, 1, dtype=C.dtype)], dim=1)
            right = torch.cat([A.T @ mu, ones[0]])
            some = torch.linalg.lstsq(A, mu[:, None]).solution[:, 0]
            error = (A @ some - mu).norm()
            if (some > -1e-12).all() and (best is None or error < best):
                best, p = error, torch.zeros_like(mu)
                p[list(kept)] = some
    return p.clamp(min=0)


@mistake(
    "solving again for the classes that are left loses the sum of 1: hold it *while* solving, a division "
    "afterwards is too late"
)
def estimate_label_distribution(C, mu):
    p = torch.linalg.solve(C, mu)
    while (p < 0).any():
        kept = p > 0
        p = torch.zeros_like(mu)
        p[kept] = torch.linalg.lstsq(C[:, kept], mu[:, None]).solution[:, 0]
    return p / p.sum()


@mistake("softmax changes what was a distribution already: 0.4 and 0.6 are to stay")
def estimate_label_distribution(C, mu):
    return torch.linalg.solve(C, mu).softmax(dim=0)


@mistake("these are the shares that are *predicted*: the classifier confuses classes, so undo C")
def estimate_label_distribution(C, mu):
    return mu.clone()


@mistake("C is applied once more: mu = C p already, so solve for p")
def estimate_label_distribution(C, mu):
    return C @ mu


@mistake("C.T is not the inverse of C: solve C p = mu")
def estimate_label_distribution(C, mu):
    return C.T @ mu
