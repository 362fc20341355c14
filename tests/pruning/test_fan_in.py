"""Weights of neurons that read little count for less, and gather in fewer neurons."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_classification

from skprune import PrunedMLPClassifier
from skprune.pruning.fan_in import ENOUGH, discounted


def test_by_hand():
    kept = torch.zeros(3, 8, dtype=torch.bool)
    kept[0], kept[1, :3], kept[2, :6] = True, True, True
    scores = discounted(torch.full((24,), 2.0, dtype=torch.float64), kept)
    expected = torch.tensor([[2.0], [1.0], [2.0]], dtype=torch.float64).expand(3, 8)
    assert torch.equal(scores.view(3, 8), expected)


@given(st.integers(1, 2 * ENOUGH), st.integers(1, 4), st.integers(0, 9))
def test_whole_neurons_keep_their_scores(fan_in, fan_out, seed):
    scores = torch.randn(
        fan_out * fan_in, generator=torch.Generator().manual_seed(seed)
    )
    kept = torch.ones(fan_out, fan_in, dtype=torch.bool)
    assert torch.equal(discounted(scores, kept), scores)


def test_what_is_not_above_zero_is_not_raised():
    kept = torch.tensor([[True] + [False] * 7])
    scores = torch.tensor([-2.0, 0.0, 6.0, 0, 0, 0, 0, 0])
    assert discounted(scores, kept)[:3].tolist() == [-2.0, 0.0, 1.0]


def test_few_weights_gather_in_few_neurons():
    # 60 columns that all tell: one neuron could read them all, and 30 one each.
    X, y = make_classification(
        600, 60, n_informative=30, n_redundant=0, class_sep=2.0, random_state=0
    )
    clf = PrunedMLPClassifier((64, 32), sparsity=0.98, random_state=0).fit(X, y)
    first, second, _ = clf.coefs_
    assert (first != 0).sum() > 2 * first.shape[1]
    assert (first != 0).sum() > (second != 0).sum()
