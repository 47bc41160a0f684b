"""Answers to inner_product_gradient, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Pairs each vector with its own Jacobian: Ju^T u + Jv^T v.")
def inner_product_gradient(u: Tensor, v: Tensor, Ju: Tensor, Jv: Tensor) -> Tensor:
    return Ju.T @ u + Jv.T @ v


@wrong("Subtracts the second term, as in the rule for quotients.")
def inner_product_gradient(u: Tensor, v: Tensor, Ju: Tensor, Jv: Tensor) -> Tensor:
    return torch.einsum("mn,m->n", Ju, v) - torch.einsum("mn,m->n", Jv, u)


@wrong("Multiplies the Jacobians from the left without transposing them, which is an error unless m = n and wrong then.")
def inner_product_gradient(u: Tensor, v: Tensor, Ju: Tensor, Jv: Tensor) -> Tensor:
    first = torch.mv(Ju, v)
    second = torch.mv(Jv, u)
    return first + second


@wrong("Multiplies the derivatives with each other (sum of Ju * Jv), as if the derivative of a product were the product of the derivatives.")
def inner_product_gradient(u: Tensor, v: Tensor, Ju: Tensor, Jv: Tensor) -> Tensor:
    grad = []
    for j in range(Ju.shape[1]):
        grad.append(sum(Ju[i, j] * Jv[i, j] for i in range(Ju.shape[0])))
    return torch.stack(grad)


@right("sum over the rows of the Jacobians, each weighted with the other vector's component")
def inner_product_gradient(u: Tensor, v: Tensor, Ju: Tensor, Jv: Tensor) -> Tensor:
    return (Ju * v[:, None] + Jv * u[:, None]).sum(dim=0)


@right("one product of the stacked vectors with the stacked Jacobians")
def inner_product_gradient(u: Tensor, v: Tensor, Ju: Tensor, Jv: Tensor) -> Tensor:
    return torch.cat([v, u]) @ torch.cat([Ju, Jv], dim=0)
