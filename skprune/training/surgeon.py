"""What each weight of a layer costs when the cheapest goes first, again and again.

Optimal brain surgeon prices a weight ``w_q`` at ``w_q**2 / (2 [H^-1]_qq)``, given
that all others stay and make up for it. Among inputs that tell the same, each is
cheap, and all together are not: so weights are removed one at a time, the others
moved and ``H^-1`` reduced after each, row by row.
"""

import torch
from torch import Tensor


def removal_costs(weight: Tensor, hessian: Tensor) -> Tensor:
    """Return the rise of each row's squared error when each weight's turn comes.

    Parameters
    ----------
    weight : Tensor of shape (fan_out, fan_in)
    hessian : Tensor of shape (fan_in, fan_in)
        Positive definite; second moments of the inputs.

    Returns
    -------
    costs : Tensor of float64 of shape (fan_out, fan_in)
        Never below the cost of what goes before in the same row.

    References
    ----------
    E. Frantar and D. Alistarh, "Optimal brain compression: a framework for accurate
    post-training quantization and pruning", NeurIPS, 2022.
    """
    left = weight.detach().double().clone()
    n_rows, n_columns = left.shape
    # (rows, columns, columns): each row loses columns of its own.
    inverse = torch.linalg.inv(hessian.double()).repeat(n_rows, 1, 1)
    gone = torch.zeros_like(left, dtype=torch.bool)
    costs, so_far = torch.empty_like(left), left.new_zeros(n_rows)
    rows = torch.arange(n_rows, device=left.device)
    for _ in range(n_columns):
        diagonal = inverse.diagonal(dim1=1, dim2=2)
        price = (left.square() / (2 * diagonal)).masked_fill(gone, torch.inf)
        at = price.argmin(1)
        so_far = torch.maximum(so_far, price[rows, at])
        costs[rows, at] = so_far
        gone[rows, at] = True
        # Remove entry `at`: the others take up its part, and forget it. What is gone
        # is zero by then, rounding aside, and never read again.
        column, pivot = inverse[rows, :, at], diagonal[rows, at][:, None]
        left = left - column * (left[rows, at][:, None] / pivot)
        inverse = inverse - column[:, :, None] * (column / pivot)[:, None, :]
    return costs
