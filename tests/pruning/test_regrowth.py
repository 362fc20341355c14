"""Which units come back and which go instead, worked out with sets."""

from collections import Counter
from functools import partial

import numpy as np
import plain
import plain_scores
import pytest
import torch
from cutting import CASES, GRANULARITIES, make_pruner, perceptron

RULES = ("gradient", "random")
AMOUNT = {"sparsity": 0.25}


def gone(pruner):
    pairs = enumerate(pruner.keep)
    return {(g, u) for g, keep in pairs for u in np.flatnonzero(~keep.numpy()).tolist()}


def flat(groups):
    """Return the values of all units, by group and position."""
    pairs = enumerate(groups)
    return {(g, u): value for g, group in pairs for u, value in enumerate(group)}


def wishes(rule, case, granularity, seed):
    """Return how much each unit is wanted back."""
    groups = plain.units(case.params, granularity)
    if rule == "random":
        draws = torch.Generator().manual_seed(seed)
        drawn = [torch.rand(len(g), generator=draws).tolist() for g in groups]
        return flat(drawn)
    slopes = plain_scores.gradient(case.params, case)
    formula = plain_scores.FORMULAS["magnitude"]
    return flat(
        [[formula(plain_scores.values(slopes, u)) for u in group] for group in groups]
    )


def exchanged(before, scores, wish, spared, n):
    """Drop the n lowest that may go; bring back as many, the most wanted first."""
    sizes = Counter(g for g, _ in scores)
    density = 1 - (len(before) + n) / len(scores)
    room = {g: size - max(1, round(0.2 * density * size)) for g, size in sizes.items()}
    room = {g: room[g] - sum(h == g for h, _ in before) for g in room}
    dropped = set()
    for g, u in sorted(scores, key=scores.get):
        if len(dropped) < n and room[g] and (g, u) not in before | spared:
            dropped.add((g, u))
            room[g] -= 1
    back = sorted(before, key=wish.get)[len(before) - len(dropped) :]
    return before - set(back) | dropped


def uneven():
    """Return a network whose first layer goes first."""
    case = perceptron((2, 20, 20, 1))
    with torch.no_grad():
        case.module.linears[0].weight.mul_(1e-3)
        case.module.linears[0].bias.mul_(1e-3)
        case.module.linears[1].weight.mul_(1e-3)
    return case


NETWORKS = CASES | {
    "wide": partial(perceptron, (3, 9, 8, 1)),
    "many columns": partial(perceptron, (12, 9, 8, 1), seed=1),
    "uneven": uneven,
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("name", "granularity", "activity"),
    [
        *((*case, 0.3) for case in GRANULARITIES),
        ("wide", "unit", 0.3),
        # One unit.
        ("wide", "unit", 0.1),
        # 2.75 and 2.3 units.
        ("wide", "unit", 0.21),
        ("wide", "unit", 0.18),
        ("wide", "weight", 0.2),
        # Units of 21 entries, and of 11.
        ("many columns", "unit", 0.15),
        ("uneven", "unit", 0.3),
    ],
)
def test_the_weakest_go_for_the_most_wanted(name, granularity, activity, rule):
    calm = make_pruner(NETWORKS[name](), granularity, amount=AMOUNT)
    calm.cut(1.0, last=False)
    case = NETWORKS[name]()
    p, before = case.params, gone(calm)
    pruner = make_pruner(case, granularity, regrow=rule, amount=AMOUNT, seed=8)
    wish = wishes(rule, case, granularity, 8)
    scores = flat(plain_scores.scores("magnitude", p, case, {}, granularity))
    pruner.cut(1.0, last=False, activity=activity)
    n = min(round(activity * (len(scores) - len(before))), len(before))
    expected = exchanged(before, scores, wish, lifelines(p, granularity), n)
    assert gone(pruner) == expected
    assert len(expected) == len(before)


def lifelines(p, granularity):
    path = plain.strongest_path(p)
    return {
        at
        for at, unit in flat(plain.units(p, granularity)).items()
        if all(n in path for n, _ in unit) and any(path[n] == at for n, at in unit)
    }


def test_no_more_are_exchanged_than_are_gone():
    case = perceptron()
    pruner = make_pruner(case, "weight", regrow="random", amount={"n_keep": 25})
    pruner.cut(1.0, last=False, activity=1.0)
    assert len(gone(pruner)) == 2


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("last", "options"),
    [(False, {}), (False, {"activity": 0.0}), (True, {"activity": 0.3})],
)
def test_nothing_is_exchanged_without_activity_or_at_the_end(rule, last, options):
    calm = make_pruner(perceptron(), "unit")
    calm.cut(1.0, last=last)
    pruner = make_pruner(perceptron(), "unit", regrow=rule)
    pruner.cut(1.0, last=last, **options)
    assert gone(pruner) == gone(calm)


@pytest.mark.parametrize("rule", RULES)
def test_a_unit_gone_before_comes_back_at_zero(rule):
    case = perceptron()
    pruner = make_pruner(case, "unit", regrow=rule)
    pruner.cut(0.5, last=False)
    first = gone(pruner)
    pruner.cut(0.5, last=False, activity=0.4)
    back = first - gone(pruner)
    assert back
    for g, u in back:
        unit = plain.units(case.params, "unit")[g][u]
        assert plain_scores.values(case.params, unit) == [0.0] * len(unit)


@pytest.mark.parametrize("rule", RULES)
def test_a_unit_that_the_same_cut_took_comes_back_as_it_was(rule):
    calm, case = make_pruner(perceptron(), "weight"), perceptron()
    calm.cut(1.0, last=False)
    p, pruner = case.params, make_pruner(case, "weight", regrow=rule)
    pruner.cut(1.0, last=False, activity=0.4)
    back = gone(calm) - gone(pruner)
    assert back
    for g, u in back:
        ((name, at),) = plain.units(p, "weight")[g][u]
        assert case.params[name][at] == p[name][at] != 0


def test_soft_masks_are_not_held_until_the_last_cut():
    case = perceptron()
    pruner = make_pruner(case, "feature", regrow="soft", amount={"n_keep": 2})
    weight = case.module.linears[0].weight
    pruner.cut(1.0, last=False)
    ((_, first),) = gone(pruner)
    assert not weight[:, first].any() and pruner.net.step_.mask is None
    # It returns by training, and another goes.
    with torch.no_grad():
        weight[:, first] = 10.0
        weight[:, (first + 1) % 3] = 0.1
    pruner.cut(1.0, last=False)
    assert gone(pruner) != {(0, first)}
    last = gone(pruner)
    pruner.cut(1.0, last=True)
    assert pruner.net.step_.mask is not None and gone(pruner) == last


def test_what_is_gone_stays_gone_without_regrowth():
    case = perceptron((6, 4, 1))
    movement = torch.zeros(sum(w.size for w in case.params.values()))
    pruner = make_pruner(case, "feature", "movement", amount={"n_keep": 4})
    pruner.net.step_.movement = movement
    pruner.cut(0.5, last=False)
    ((_, first),) = gone(pruner)
    # Now it would be the last to go.
    pruner.net.flat_.split(movement)["layers.0.weight"][:, first] = 1.0
    (batch,) = case.batches()
    pruner.net.train_step(batch)
    assert not case.module.linears[0].weight[:, first].any()
    pruner.cut(1.0, last=False)
    assert (0, first) in gone(pruner) and len(gone(pruner)) == 2
