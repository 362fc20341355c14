"""What criteria see and how they score, in loops and by finite differences."""

import math

import numpy as np
import plain

STEP = 1e-5


def losses(p, case):
    """Return the loss of each row."""
    z, _ = plain.forward(p, case.x, case.activation, case.n_channels)
    return plain.row_losses(case.loss, z, case.y)


def row_gradients(p, case):
    """Return each row's gradients by central differences: (*shape, rows)."""
    found = {name: np.zeros((*w.shape, len(case.x))) for name, w in p.items()}
    for name, w in p.items():
        for at in np.ndindex(w.shape):
            ends = [
                losses(p | {name: moved(w, at, step)}, case) for step in (STEP, -STEP)
            ]
            found[name][at] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def moved(w, at, step):
    """Return a copy with one entry changed."""
    w = w.copy()
    w[at] += step
    return w


def shares(case):
    """Return the rows' weights, summing to one."""
    return case.weight / case.weight.sum()


def gradient(p, case):
    """Return the gradient of the rows' weighted mean loss."""
    return {n: g @ shares(case) for n, g in row_gradients(p, case).items()}


def squared_gradient(p, case):
    """Return the weighted mean of the rows' squared gradients."""
    return {n: g**2 @ shares(case) for n, g in row_gradients(p, case).items()}


def input_sizes(p, case):
    """Return the root mean square of what each weight multiplies."""
    sizes = {name: np.ones_like(w) for name, w in p.items()}
    for name, x in plain.forward(p, case.x, case.activation, case.n_channels)[
        1
    ].items():
        for at in np.ndindex(p[name].shape):
            sizes[name][at] = math.sqrt(sum(v * v for v in x[:, at[-1]]) / len(x))
    return sizes


def reach(p, case):
    """Return how far each weight's input column moves the outputs; 1 elsewhere."""
    moves = np.array([column_reach(p, case, j) for j in range(case.x.shape[1])])
    by_step = (moves / moves.sum()).reshape(-1, case.n_channels)
    found = {name: np.ones_like(w) for name, w in p.items()}
    if "layers.0.weight" in p:
        found["layers.0.weight"][:] = by_step[:, 0]
        return found
    found["lags"] = by_step.mean(1)
    found["layers.0.weight_ih_l0"][:] = by_step.mean(0)
    return found


def column_reach(p, case, j):
    """Return the mean ``|(x - mean) dz/dx|`` over the rows, summed over outputs."""
    ends = []
    for step in (STEP, -STEP):
        x = case.x.copy()
        x[:, j] += step
        ends.append(plain.forward(p, x, case.activation, case.n_channels)[0])
    slopes = (ends[0] - ends[1]) / (2 * STEP)
    off = case.x[:, j] - case.x[:, j].mean()
    return sum(np.abs(off * slope).mean() for slope in slopes.T)


def surgery(p, case, block=256):
    """Return what each weight costs by brain surgery on its layer, over half w**2."""
    found = {name: np.zeros_like(w) for name, w in p.items()}
    for name, x in plain.forward(p, case.x, case.activation, case.n_channels)[
        1
    ].items():
        rows, costs = np.atleast_2d(p[name]), np.zeros_like(np.atleast_2d(p[name]))
        for start in range(0, x.shape[1], block):
            at = slice(start, start + block)
            hessian = damped_covariance(x)[at, at]
            for i, w in enumerate(rows):
                costs[i, at] = removal_costs(w[at], hessian)
        found[name] = (2 * costs / rows**2).reshape(p[name].shape)
    return found


def damped_covariance(x):
    """Return the covariance, a hundredth of the mean variance added to each."""
    h = np.cov(x.T, bias=True).reshape(x.shape[1], -1)
    return h + np.eye(len(h)) * (0.01 * np.trace(h) / len(h) + np.finfo("f4").eps)


def least_error(w, hessian, gone):
    """Squared error of a row without some entries, the others set at best."""
    stay = [i for i in range(len(w)) if i not in gone]
    best = np.zeros_like(w)
    if stay:
        target = (hessian @ w)[stay]
        best[stay] = np.linalg.solve(hessian[np.ix_(stay, stay)], target)
    return (w - best) @ hessian @ (w - best) / 2


def removal_costs(w, hessian):
    """Remove a row's weights one by one, trying out every next one."""
    costs, gone, before, highest = np.zeros_like(w), [], 0.0, 0.0
    for _ in w:
        rest = [i for i in range(len(w)) if i not in gone]
        errors = {i: least_error(w, hessian, [*gone, i]) for i in rest}
        at = min(errors, key=errors.get)
        highest = max(highest, errors[at] - before)
        costs[at], before = highest, errors[at]
        gone.append(at)
    return costs


def ablation(p, case, unit):
    """Return the error without a unit, less that with it."""
    without = {name: w.copy() for name, w in p.items()}
    for name, at in unit:
        without[name][at] = 0.0
    return error(without, case) - error(p, case)


def error(p, case):
    """Return the mistakes, and the loss where these are equal."""
    z, _ = plain.forward(p, case.x, case.activation, case.n_channels)
    wrong = plain.row_mistakes(case.loss, z, case.y) @ shares(case)
    return wrong + math.tanh(losses(p, case) @ shares(case)) / 1024


def lamp(own, group):
    """Return the share of a squared size in all that are no smaller."""
    return own / sum(other for other in group if other >= own)


def size(w):
    """Return a unit's squared norm."""
    return sum(v * v for v in w)


# By name: the fields that a criterion reads, and a unit's score from its entries.
FORMULAS = {
    "magnitude": lambda w: math.sqrt(size(w) / len(w)),
    "random": lambda w, noise: noise[0],
    "gradient": lambda w, grad: abs(sum(a * g for a, g in zip(w, grad, strict=True))),
    "snip": lambda w, initial: sum(initial),
    "fisher": lambda w, grad_sq: sum(
        a * a * f / 2 for a, f in zip(w, grad_sq, strict=True)
    ),
    "obs": lambda w, curvature: sum(
        a * a * c / 2 for a, c in zip(w, curvature, strict=True)
    ),
    "activation": lambda w, activation: math.sqrt(
        sum((a * r) ** 2 for a, r in zip(w, activation, strict=True))
    ),
    "movement": lambda w, movement: sum(movement),
    "reach": lambda w, reach: sum(reach) / len(w) + 1e-9 * math.sqrt(size(w) / len(w)),
    "importance": lambda w, column: (
        sum(abs(a) * c for a, c in zip(w, column, strict=True)) / len(w)
        + sum(column) / len(w)
    ),
}


def scores(name, p, case, fields, granularity):
    """Return each group's scores by a criterion's formula."""
    groups = plain.units(p, granularity)
    if name == "error":
        return [[ablation(p, case, unit) for unit in group] for group in groups]
    if name == "lamp":
        sizes = [[size(values(p, unit)) for unit in group] for group in groups]
        return [[lamp(own, group) for own in group] for group in sizes]
    formula = FORMULAS[name]
    reads = formula.__code__.co_varnames[1 : formula.__code__.co_argcount]
    return [
        [formula(values(p, u), *(values(fields[f], u) for f in reads)) for u in group]
        for group in groups
    ]


def values(tensors, unit):
    """Return a unit's entries of a field."""
    return [tensors[name][at] for name, at in unit]
