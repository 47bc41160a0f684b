"""Answers to estimate_label_distribution, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Only solves C p = mu, so entries may be negative.")
def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
    return torch.linalg.solve(C, mu)


@wrong("Sets the negative entries of the solution to 0 and rescales the rest, which is a distribution but not the best one.")
def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
    p = [max(v, 0.0) for v in (torch.inverse(C) @ mu).tolist()]
    total = sum(p)
    return torch.tensor([v / total for v in p], dtype=torch.float64)


@wrong("Projects C^-1 mu onto the simplex by the distance between distributions, not by that between C p and mu.")
def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
    v = torch.linalg.solve(C, mu)
    u = torch.sort(v, descending=True).values
    steps = torch.arange(1, len(v) + 1, dtype=v.dtype)
    theta = (torch.cumsum(u, 0) - 1) / steps
    rho = int((u > theta).sum())
    return (v - theta[rho - 1]).clamp(min=0)


@wrong("Parametrises p by a softmax and follows the gradient for 200 steps only, far from converged.")
def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
    logits = torch.zeros(len(mu), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([logits], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        loss = ((C @ torch.softmax(logits, 0) - mu) ** 2).sum()
        loss.backward()
        optimizer.step()
    return torch.softmax(logits, 0).detach()


@wrong("Takes rows for columns, so it explains mu by the transpose of C.")
def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
    k = len(mu)
    best, least = None, float("inf")
    for code in range(1, 2 ** k):
        s = [j for j in range(k) if code >> j & 1]
        A = C.T[:, s]
        m = len(s)
        kkt = torch.zeros(m + 1, m + 1, dtype=torch.float64)
        kkt[:m, :m] = A.T @ A
        kkt[:m, m] = kkt[m, :m] = 1
        rhs = torch.cat([A.T @ mu, torch.ones(1, dtype=torch.float64)])
        x = torch.linalg.solve(kkt, rhs)[:m]
        error = torch.norm(A @ x - mu)
        if (x >= 0).all() and error < least:
            least = error
            best = torch.zeros(k, dtype=torch.float64)
            best[s] = x
    return best


@right("tries every set of classes that may be positive and keeps the best feasible least-squares solution")
def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
    from itertools import combinations

    k = len(mu)
    best, best_norm = None, float("inf")
    for size in range(1, k + 1):
        for support in combinations(range(k), size):
            s = list(support)
            last = C[:, s[-1]]
            part = torch.zeros(size, dtype=torch.float64)
            if size > 1:
                A = C[:, s[:-1]] - last[:, None]
                Q, R = torch.linalg.qr(A)
                part[:-1] = torch.linalg.solve_triangular(R, (Q.T @ (mu - last))[:, None], upper=True)[:, 0]
            part[-1] = 1 - part[:-1].sum()
            if (part < -1e-12).any():
                continue
            p = torch.zeros(k, dtype=torch.float64)
            p[s] = part.clamp(min=0)
            distance = torch.norm(C @ p - mu).item()
            if distance < best_norm:
                best, best_norm = p, distance
    return best / best.sum()


@right("active set method: drops the blocking class on the way to the equality-constrained optimum, lets a class in again if its multiplier asks for it")
def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
    k = len(mu)
    distances = torch.norm(C - mu[:, None], dim=0)
    start = int(distances.argmin())
    p = torch.zeros(k, dtype=torch.float64)
    p[start] = 1.0
    free = [start]

    def optimum(members):
        base = C[:, members[0]]
        z = torch.zeros(k, dtype=torch.float64)
        if len(members) > 1:
            A = torch.stack([C[:, j] - base for j in members[1:]], dim=1)
            z[members[1:]] = torch.linalg.lstsq(A, (mu - base).unsqueeze(1)).solution.squeeze(1)
        z[members[0]] = 1 - z.sum()
        return z

    for _ in range(1000):
        z = optimum(free)
        if all(z[j] >= 0 for j in free):
            p = z
            g = C.T @ (C @ p - mu)
            level = g[free].mean()
            slack = g - level
            slack[free] = 0.0
            enter = int(slack.argmin())
            if slack[enter] >= -1e-13:
                break
            free.append(enter)
        else:
            blocked = [j for j in free if z[j] < 0]
            ratios = [float(p[j] / (p[j] - z[j])) for j in blocked]
            t = min(ratios)
            p = p + t * (z - p)
            leave = blocked[ratios.index(t)]
            p[leave] = 0.0
            free.remove(leave)
    p = p.clamp(min=0)
    return p / p.sum()
