"""Criteria are laws over rows of a matrix, whatever the rows are."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import GRANULARITIES, seeds
from parts import MLP, Batches, PruningNet, Rows, UnitView, get_loss
from parts import evidence as evidence_

from skprune.criteria import CRITERIA, Fisher, Magnitude, get_criterion

each_criterion = pytest.mark.parametrize("name", sorted(CRITERIA))


def random_view(n_units, n_entries, seed):
    """Fill every field, ties included."""
    draws = torch.Generator().manual_seed(seed)
    shape = n_units, n_entries
    fields = {f: torch.rand(shape, generator=draws) for f in UnitView._fields}
    fields["weight"] = torch.randint(-2, 3, shape, generator=draws).float()
    fields["ablation"] = fields["ablation"][:, :1]
    return UnitView(**fields)


@each_criterion
@given(n_units=st.integers(1, 8), n_entries=st.integers(1, 5), seed=seeds)
def test_permuting_the_units_permutes_the_scores(name, n_units, n_entries, seed):
    view = random_view(n_units, n_entries, seed)
    order = torch.randperm(n_units, generator=torch.Generator().manual_seed(seed))
    permuted = UnitView(*(field[order] for field in view))
    criterion = get_criterion(name)
    scores = criterion.score(view)
    assert scores.shape == (n_units,)
    assert torch.isfinite(scores).all()
    torch.testing.assert_close(criterion.score(permuted), scores[order])


@each_criterion
def test_needs_what_is_collected(name):
    assert set(get_criterion(name).needs) <= evidence_.FIELDS


def test_every_field_of_a_view_is_collected():
    assert set(UnitView._fields) == evidence_.FIELDS


def test_a_criterion_passes_through():
    criterion = Magnitude()
    assert get_criterion(criterion) is criterion


def test_a_field_that_was_not_asked_for_is_named():
    view = UnitView(torch.ones(2, 1))
    with pytest.raises(ValueError, match=re.escape("'grad_sq': name it in `needs`")):
        Fisher().score(view)


class Net:
    """A perceptron and rows, whose units can be put in another order."""

    def __init__(self):
        draws = torch.Generator().manual_seed(7)
        self.module = MLP([4, 6, 5, 1], "tanh")
        self.module.initialize(draws)
        self.x = torch.randn(60, 4, generator=draws)
        self.y = torch.randn(60, 1, generator=draws)

    def permuted(self, orders):
        """Return the same function of columns in another order."""
        other = Net()
        linears = zip(self.module.linears, other.module.linears, strict=True)
        with torch.no_grad():
            for i, (old, new) in enumerate(linears):
                new.weight.copy_(old.weight[orders[i + 1]][:, orders[i]])
                new.bias.copy_(old.bias[orders[i + 1]])
        other.x = self.x[:, orders[0]]
        return other

    def scores(self, criterion, granularity):
        """Score all groups with evidence from all rows, each in its shape."""
        rows = Rows(self.x.numpy(), self.y.numpy())
        net = PruningNet(self.module, get_loss("squared_error")).initialize()
        net.step_.movement = net.flat_.value.data.square()
        batches, draws = Batches(rows, 60), torch.Generator()
        evidence = evidence_.Evidence(net, batches, draws, {})
        groups = self.module.unit_groups(granularity)
        return [criterion.score(evidence.view(g, criterion)) for g in groups]


def reorder(granularity, scores, orders):
    """Put the scores of the original network in the order of the permuted one."""
    if granularity == "feature":
        return [scores[0][orders[0]]]
    if granularity == "unit":
        return [s[o] for s, o in zip(scores, orders[1:], strict=False)]
    shaped = [
        s.reshape(len(b), len(a))
        for s, a, b in zip(scores, orders, orders[1:], strict=False)
    ]
    return [s[orders[i + 1]][:, orders[i]].flatten() for i, s in enumerate(shaped)]


# `random` goes by position, `snip` and `importance` by evidence made elsewhere.
MEASURED = sorted(CRITERIA.keys() - {"random", "snip", "importance"})


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("name", MEASURED)
def test_a_network_in_another_order_is_pruned_alike(name, granularity):
    rng = np.random.default_rng(0)
    net, criterion = Net(), get_criterion(name)
    orders = [rng.permutation(n) for n in (4, 6, 5, 1)]
    expected = reorder(granularity, net.scores(criterion, granularity), orders)
    found = net.permuted(orders).scores(criterion, granularity)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.double(), other.double(), rtol=1e-3, atol=1e-6)
