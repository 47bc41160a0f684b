"""Wrong answers to inner_product_gradient, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("each Jacobian stands beside its own function: u is left as it is while v is differentiated, u @ Jv")
def inner_product_gradient(u, v, Ju, Jv):
    return u @ Ju + v @ Jv


@mistake("the derivative of a product is not the product of the derivatives: u @ Jv + v @ Ju")
def inner_product_gradient(u, v, Ju, Jv):
    return (Ju * Jv).sum(dim=0)


@mistake("one term is missing: u depends on x as well as v, u @ Jv + v @ Ju")
def inner_product_gradient(u, v, Ju, Jv):
    return u @ Jv


@mistake("one term is missing: v depends on x as well as u, u @ Jv + v @ Ju")
def inner_product_gradient(u, v, Ju, Jv):
    return v @ Ju


@mistake("the sign is wrong: both terms are added, u @ Jv + v @ Ju")
def inner_product_gradient(u, v, Ju, Jv):
    return u @ Jv - v @ Ju


@mistake("the components, the rows of a Jacobian, are to be summed over: put the vector on the left, u @ Jv")
def inner_product_gradient(u, v, Ju, Jv):
    return Jv @ u + Ju @ v


@mistake("the terms of the components are still apart, shape (m, n): sum over the components")
def inner_product_gradient(u, v, Ju, Jv):
    return u.unsqueeze(1) * Jv + v.unsqueeze(1) * Ju


@mistake("it has one dimension too many: the gradient of one number by n is here of shape (n,)")
def inner_product_gradient(u, v, Ju, Jv):
    return u.unsqueeze(0) @ Jv + v.unsqueeze(0) @ Ju


@again
def inner_product_gradient(u, v, Ju, Jv):
    return u.reshape(1, -1) @ Jv + v.reshape(1, -1) @ Ju


@mistake("one of the two terms is taken twice: u @ Jv and v @ Ju differ unless u = v")
def inner_product_gradient(u, v, Ju, Jv):
    return 2 * (u @ Jv)


@again
def inner_product_gradient(u, v, Ju, Jv):
    return 2 * (v @ Ju)
