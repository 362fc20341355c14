"""Which units a real cut takes: those that the criterion's formula ranks last."""

from functools import cache

import numpy as np
import plain
import plain_scores
import pytest
import torch
from cutting import CASES, GRANULARITIES, fields, make_pruner
from numpy.testing import assert_allclose, assert_array_equal

from skprune.criteria import CRITERIA


@cache
def known(name):
    """Return a case's fields; its movement is drawn."""
    case, rng = CASES[name](), np.random.default_rng(1)
    movement = {n: rng.normal(size=w.shape) for n, w in case.params.items()}
    return fields(case, movement)


def joined(tensors):
    return torch.from_numpy(np.concatenate([t.ravel() for t in tensors.values()]))


def removed(scores, pools, floors, safe):
    """Take the lowest units of each pool of groups, where a group keeps its floor."""
    taken = [set() for _ in scores]
    for members, count in pools:
        ranks = [(s, g, u) for g in members for u, s in enumerate(scores[g])]
        for _, g, u in sorted(ranks):
            room = len(scores[g]) - len(taken[g]) > floors[g]
            if count and room and not safe[g][u]:
                taken[g].add(u)
                count -= 1
    return taken


def pools(sizes, scope, share=0.5):
    """Return which groups are ranked together, and how many of their units go."""
    total = round(sum(sizes) * share)
    if scope == "global":
        return [(range(len(sizes)), total)]
    exact = [total * n / sum(sizes) for n in sizes]
    each = [int(e) for e in exact]
    while sum(each) < total:
        each[int(np.argmax(np.subtract(exact, each)))] += 1
    return [([g], n) for g, n in enumerate(each)]


def lifelines(p, groups):
    """Return which units are on the strongest path, where all their weights count."""
    path = plain.strongest_path(p)
    return [
        [
            all(name in path for name, _ in unit)
            and any(path[name] == at for name, at in unit)
            for unit in group
        ]
        for group in groups
    ]


def gone(pruner):
    return [set(np.flatnonzero(~keep.numpy()).tolist()) for keep in pruner.keep]


@pytest.mark.parametrize("scope", ["global", "layer"])
@pytest.mark.parametrize(("name", "granularity"), GRANULARITIES)
@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_the_lowest_scores_go(criterion, name, granularity, scope):
    case, seen = CASES[name](), known(name)
    p, groups = case.params, plain.units(case.params, granularity)
    pruner = make_pruner(
        case,
        granularity,
        criterion,
        scope=scope,
        movement=joined(seen["movement"]),
    )
    scores = plain_scores.scores(criterion, p, case, seen, granularity)
    sizes = [len(group) for group in groups]
    density = 1 - round(sum(sizes) / 2) / sum(sizes)
    floors = [max(1, round(0.2 * density * size)) for size in sizes]
    expected = removed(scores, pools(sizes, scope), floors, lifelines(p, groups))
    pruner.cut(1.0, last=False)
    if criterion == "obs":
        # Of weights that cost the same but for rounding, either may go.
        assert_allclose(priced(gone(pruner), scores), priced(expected, scores))
        return
    assert gone(pruner) == expected
    for g, u in ((g, u) for g, units in enumerate(expected) for u in units):
        for parameter, at in groups[g][u]:
            p[parameter][at] = 0.0
    for parameter, w in case.params.items():
        assert_array_equal(w, p[parameter])


def priced(units, scores):
    return [
        s for g, some in enumerate(units) for s in sorted(scores[g][u] for u in some)
    ]


@pytest.mark.parametrize(
    ("amount", "n_gone"),
    [
        ({"sparsity": 0.25}, 2),
        ({"n_keep": 1}, 6),
        ({"n_keep": 6}, 1),
        ({"threshold": 1.0}, None),
    ],
)
def test_amounts_in_units(amount, n_gone):
    case = CASES["two classes"]()
    p = case.params
    pruner = make_pruner(case, "unit", amount=amount)
    pruner.cut(1.0, last=False)
    scores = plain_scores.scores("magnitude", p, case, {}, "unit")
    if n_gone is None:
        n_gone = sum(s < 1.0 for group in scores for s in group)
        assert 0 < n_gone < 7
    # One neuron stays in each layer, whatever is asked.
    expected = removed(scores, [((0, 1), n_gone)], [1, 1], [[False] * 4, [False] * 3])
    assert gone(pruner) == expected
