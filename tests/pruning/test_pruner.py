"""What a pruner says of itself, and which units it may not take."""

import math

import numpy as np
import plain
import plain_scores
import pytest
import torch
from cutting import CASES, make_pruner, perceptron
from numpy.testing import assert_array_equal

from skprune.criteria import Magnitude


def kept(pruner):
    return [keep.nonzero().flatten().tolist() for keep in pruner.keep]


def test_before_the_first_cut_all_is_there():
    pruner = make_pruner(perceptron(), "unit")
    assert kept(pruner) == [[0, 1, 2, 3], [0, 1, 2]]
    assert pruner.sparsity == 0.0
    assert all(bool(mask.all()) for mask in pruner.masks.values())


@pytest.mark.parametrize(
    ("share", "n_gone"), [(0.0, 0), (0.5, 6), (0.8, 10), (1.0, 12)]
)
def test_a_share_of_all_that_is_due_goes(share, n_gone):
    # Of 27 weights 12 are due to go.
    pruner = make_pruner(perceptron(), "weight", amount={"n_keep": 15})
    pruner.cut(share, last=False)
    assert pruner.sparsity == pytest.approx(n_gone / 27)


@pytest.mark.parametrize(
    ("n_keep", "n_gone"),
    # Of 10 to go 4.44, 4.44 and 1.11 fall to layers of 12, 12 and 3 weights.
    [(17, [5, 4, 1]), (16, [5, 5, 1]), (20, [3, 3, 1])],
)
def test_layers_share_by_largest_remainders(n_keep, n_gone):
    pruner = make_pruner(
        perceptron(), "weight", scope="layer", amount={"n_keep": n_keep}
    )
    pruner.cut(1.0, last=False)
    assert [int((~keep).sum()) for keep in pruner.keep] == n_gone


def test_what_is_gone_is_reported_by_group():
    pruner = make_pruner(CASES["recurrent"](), "unit")
    pruner.cut(1.0, last=False)
    found = pruner.kept_by_group()
    assert list(found) == ["layers.0", "layers.1"]
    for keep, array in zip(pruner.keep, found.values(), strict=True):
        assert_array_equal(array, keep.numpy())


def test_columns_of_one_label_go_together():
    case, labels = perceptron((5, 4, 1)), (0, 1, 0, 2, 1)
    p = case.params
    groups = plain.joined(plain.units(p, "feature")[0], labels)
    # Of units that differ in size the smaller ones are filled up with zeros.
    sizes = [plain_scores.size(plain_scores.values(p, unit)) for unit in groups]
    pruner = make_pruner(case, "feature", amount={"n_keep": 2}, labels=labels)
    pruner.cut(1.0, last=False)
    lowest = int(np.argmin(sizes))
    assert kept(pruner) == [[u for u in range(3) if u != lowest]]
    for j, label in enumerate(labels):
        same = case.params["layers.0.weight"][:, j] == p["layers.0.weight"][:, j]
        assert same.all() == (label != lowest)


def test_columns_that_the_user_keeps_stay_and_no_others():
    case = perceptron((5, 4, 1))
    p, path = case.params, plain.strongest_path(case.params)
    (columns,) = plain.units(p, "feature")
    ranks = np.argsort([plain_scores.size(plain_scores.values(p, u)) for u in columns])
    weakest = tuple(ranks[:2].tolist())
    pruner = make_pruner(case, "feature", amount={"n_keep": 2}, always=weakest)
    assert [line.tolist() for line in pruner.lifelines()] == [
        [j in weakest for j in range(5)]
    ]
    pruner.cut(1.0, last=False)
    assert kept(pruner) == [sorted(weakest)]
    # Without the wish the column of the strongest path would have stayed.
    assert path["layers.0.weight"][1] not in weakest


def test_groups_near_their_floor_are_named():
    case = perceptron((3, 20, 20, 1))
    with torch.no_grad():
        case.module.linears[0].weight.mul_(1e-3)
        case.module.linears[0].bias.mul_(1e-3)
        case.module.linears[1].weight.mul_(1e-3)
    pruner = make_pruner(case, "unit", amount={"n_keep": 20})
    assert pruner.near_floor() == ()
    pruner.cut(1.0, last=False)
    # Half of 40 stay; of the first layer a fifth of that share at the least: 2.
    assert [len(units) for units in kept(pruner)] == [2, 18]
    assert pruner.near_floor() == ("layers.0",)


@pytest.mark.parametrize(("n_first", "near"), [(11, ("layers.0",)), (12, ())])
def test_near_is_a_tenth_more_than_the_floor(n_first, near):
    pruner = make_pruner(perceptron((3, 200, 100, 1)), "unit")
    # A quarter of 300 stay, of 200 a fifth of that share at the least: 10.
    pruner.keep = [torch.arange(200) < n_first, torch.arange(100) < 75 - n_first]
    assert pruner.near_floor() == near


class Broken(Magnitude):
    """Scores that are no scores."""

    def __init__(self, scores):
        self.scores = scores

    def score(self, view):
        return self.scores


@pytest.mark.parametrize("scores", [[1.0, 2.0], [1.0, math.nan, 2.0], [[1.0] * 3]])
def test_scores_must_be_finite_and_one_a_unit(scores):
    criterion = Broken(torch.tensor(scores))
    pruner = make_pruner(perceptron(), "feature", criterion)
    shape = r"\(" + ", ".join(map(str, criterion.scores.shape))
    with pytest.raises(ValueError, match=f"3 units of 'inputs'; got shape {shape}"):
        pruner.cut(1.0, last=False)


def test_removed_weights_stay_at_zero_while_others_move():
    case = perceptron()
    pruner = make_pruner(case, "weight")
    pruner.cut(1.0, last=False)
    (batch,) = case.batches()
    before = case.params
    pruner.net.train_step(batch)
    for name, mask in pruner.masks.items():
        assert not case.params[name][~mask.numpy()].any()
    assert any((w != before[name]).any() for name, w in case.params.items())


def test_a_threshold_is_of_the_scores_as_they_are():
    # A neuron that reads two of nine inputs is ranked lower, but not against a value.
    pruner = make_pruner(perceptron((9, 4, 1)), "weight", amount={"threshold": 0.5})
    for layer in pruner.net.module_.linears:
        layer.weight.data.fill_(1.0)
    pruner.net.module_.linears[0].weight.data[0, 2:] = 0.1
    for _ in range(2):
        pruner.cut(1.0, last=False)
        assert kept(pruner) == [[0, 1, *range(9, 36)], [0, 1, 2, 3]]
