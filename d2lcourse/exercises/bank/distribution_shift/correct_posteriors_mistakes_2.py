"""Wrong answers to correct_posteriors, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "a small number is added to the sums, which counts where they are small: divide by the sum itself",
    needs=r"\+ |clamp|clip",
)
def correct_posteriors(probs, p, q):
    products = probs * p / q
    return products / (products.sum(dim=1, keepdim=True) + 1e-8)


@again
def correct_posteriors(probs, p, q):
    products = probs * p / q
    return products / products.sum(dim=1, keepdim=True).clamp(min=1e-8)


@mistake(
    "a small number is added to q, which counts for a rare class: divide by q, which has no 0",
    needs=r"\+ |clamp|clip",
)
def correct_posteriors(probs, p, q):
    products = probs * p / (q + 1e-8)
    return products / products.sum(dim=1, keepdim=True)


@again
def correct_posteriors(probs, p, q):
    products = probs * p / q.clamp(min=1e-8)
    return products / products.sum(dim=1, keepdim=True)


@mistake(
    "the rows are divided by their length, the root of the sum of squares: divide by their sum",
    needs="norm|sqrt",
)
def correct_posteriors(probs, p, q):
    products = probs * p / q
    return products / products.norm(dim=1, keepdim=True)
