"""Right answers to estimate_label_distribution, each by another way than the chapter's."""

import itertools

import torch


def project(v):
    for count in range(len(v), 0, -1):
        kept = v.topk(count).values
        cut = (kept.sum() - 1) / count
        if kept[-1] > cut:
            return (v - cut).clamp(min=0)


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
            some = torch.linalg.solve(torch.cat([top, bottom]), right)[:r]
            error = (A @ some - mu).norm()
            if (some > -1e-12).all() and (best is None or error < best):
                best, p = error, torch.zeros_like(mu)
                p[list(kept)] = some
    return p.clamp(min=0)


def estimate_label_distribution(C, mu):
    p = torch.full_like(mu, 1 / len(mu))
    for _ in range(500):
        p = project(p - 0.5 * C.T @ (C @ p - mu))
    return p


def estimate_label_distribution(C, mu):
    p = torch.linalg.solve(C, mu)
    if (p >= 0).all():
        return p
    p = torch.full_like(mu, 1 / len(mu))
    for _ in range(50):
        for i in range(len(p)):
            for j in range(i):  # move what is best from class j to class i
                way = C[:, i] - C[:, j]
                moved = (way @ (mu - C @ p) / (way @ way)).clamp(-p[i], p[j])
                p[i] += moved
                p[j] -= moved
    return p
