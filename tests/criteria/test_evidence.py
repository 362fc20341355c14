"""What criteria see, against finite differences and loops over rows."""

import math

import numpy as np
import plain
import plain_scores
import pytest
import torch
from cutting import CASES, GRANULARITIES, collect
from numpy.testing import assert_allclose
from parts import csr_tensor, evidence, gradients
from scipy import sparse

from skprune.criteria import get_criterion

each_case = pytest.mark.parametrize("name", CASES)


def assert_same(found, expected, **tolerance):
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert_allclose(tensor, expected[name], err_msg=name, **tolerance)


@each_case
@pytest.mark.parametrize(
    ("field", "oracle", "rtol"),
    [
        ("gradient", plain_scores.gradient, 1e-6),
        ("squared_gradient", plain_scores.squared_gradient, 1e-6),
        ("activation", plain_scores.input_sizes, 1e-12),
        ("curvature", plain_scores.surgery, 1e-6),
        ("reach", plain_scores.reach, 1e-6),
    ],
)
def test_field(name, field, oracle, rtol):
    case = CASES[name]()
    found = getattr(collect(case), field)
    assert_same(found, oracle(case.params, case), rtol=rtol, atol=1e-9)


def test_the_gradient_is_that_of_one_batch():
    case = CASES["two classes"]()
    found = collect(case, batch_size=4, seed=5).gradient
    four = case.batches(4).sample(4, torch.Generator().manual_seed(5))
    few = case._replace(x=four.x.numpy(), y=four.y.numpy(), weight=four.weight.numpy())
    assert len(few.y) == 4
    assert_same(found, plain_scores.gradient(case.params, few), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("n_rows", "n_looked_at"),
    [(50, 50), (1000, 1000), (1500, 1000), (21_000, 1050), (210_000, 10_000)],
)
def test_a_twentieth_of_the_rows_is_looked_at(n_rows, n_looked_at):
    case = CASES["two classes"]()
    x = np.arange(3.0 * n_rows).reshape(n_rows, 3)
    case = case._replace(x=x, y=x[:, :1] % 2, weight=x[:, 0])
    sample = collect(case).sample
    assert len(sample.y) == n_looked_at
    # Each once, with its own target and weight.
    assert len(np.unique(sample.weight)) == n_looked_at
    assert_allclose(sample.x[:, 0], sample.weight)
    assert_allclose(sample.y[:, 0], sample.weight % 2)


def test_layers_wider_than_a_block_are_priced_by_block(monkeypatch):
    monkeypatch.setattr(evidence, "CURVATURE_BLOCK", 2)
    case = CASES["two classes"]()
    found, expected = collect(case), plain_scores.surgery(case.params, case, block=2)
    assert_same(found.curvature, expected, rtol=1e-6, atol=1e-9)
    spans = [(at.start, at.stop) for at, _ in found.blocks(found.taps[0])]
    assert spans == [(0, 2), (2, 3)]


def test_a_weight_of_zero_costs_nothing():
    case = CASES["two classes"]()
    with torch.no_grad():
        case.module.linears[1].weight[2, 1] = 0.0
    curvature = collect(case).curvature["layers.1.weight"]
    assert curvature[2, 1] == 0.0
    assert torch.isfinite(curvature).all() and (curvature != 0).sum() == 11


def test_sparse_rows_are_seen_as_dense_ones():
    dense = np.float32([[0, 2, 0, 1], [3, 0, 0, 1], [4, 1, 0, 1]])
    for x in (torch.from_numpy(dense), csr_tensor(sparse.csr_array(dense))):
        found = evidence.second_moment(x)
        torch.testing.assert_close(found, torch.tensor([25 / 3, 5 / 3, 0.0, 1.0]))


def test_sparse_rows_cost_what_dense_ones_do():
    case = CASES["two classes"]()
    x = np.where(case.x > 0.3, case.x, 0.0)
    dense, few = (collect(case._replace(x=r)) for r in (x, sparse.csr_array(x)))
    assert_same(few.curvature, dense.curvature, rtol=1e-9)


def test_covariances_are_in_double_precision():
    case = CASES["two classes"]()
    case.module.float()
    found = collect(case._replace(x=case.x.astype("f4")))
    assert found.blocks(found.taps[0])[0][1].dtype == torch.float64


def test_movement_is_summed_over_the_steps():
    case = CASES["two classes"]()
    evidence_ = collect(case)
    net = evidence_.net
    net.flat_.grad.fill_(1.0)
    assert all(not tensor.any() for tensor in evidence_.movement.values())
    net.step_.movement = torch.zeros_like(net.flat_.grad)
    expected = {name: np.zeros_like(w) for name, w in case.params.items()}
    (batch,) = case.batches()
    for _ in range(3):
        before = case.params
        slopes = plain_scores.gradient(before, case)
        for name, w in before.items():
            expected[name] -= w * slopes[name]
        net.train_step(batch)
        for name, w in case.params.items():
            assert_allclose(w, before[name] - 0.1 * slopes[name], rtol=1e-6)
    assert_same(evidence_.movement, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "granularity"),
    [*GRANULARITIES, ("three classes", "unit"), ("regression", "weight")],
)
def test_ablation_is_the_error_without_each_unit(name, granularity):
    case = CASES[name]()
    evidence_, before = collect(case), case.params
    groups = plain.units(before, granularity)
    for group, members in zip(
        case.module.unit_groups(granularity), groups, strict=True
    ):
        found = evidence.ablation(evidence_, group)
        expected = [plain_scores.ablation(before, case, unit) for unit in members]
        assert_allclose(found[:, 0], expected, rtol=1e-5, atol=1e-7)
    assert_same(case.params, before, rtol=0)


def test_columns_that_go_together_are_tried_out_together():
    case, labels = CASES["two classes"](), (1, 0, 1)
    evidence_, before = collect(case), case.params
    (group,) = case.module.unit_groups("feature")
    found = evidence.ablation(evidence_, group.joined(labels))
    members = plain.joined(plain.units(before, "feature")[0], labels)
    expected = [plain_scores.ablation(before, case, unit) for unit in members]
    assert_allclose(found[:, 0], expected, rtol=1e-5, atol=1e-7)
    assert_same(case.params, before, rtol=0)


def test_reach_is_measured_on_few_rows(monkeypatch):
    monkeypatch.setattr(evidence, "sample_rows", {3: 5}.get)
    case = CASES["two classes"]()
    five = case.batches().sample(5, torch.Generator().manual_seed(2))
    few = case._replace(x=five.x.numpy())
    found = collect(case, seed=2).reach
    assert_same(found, plain_scores.reach(case.params, few), rtol=1e-6)


def test_a_unit_of_which_some_is_zero_is_tried_out():
    case = CASES["two classes"]()
    with torch.no_grad():
        case.module.linears[0].bias.zero_()
        case.module.linears[0].weight[:, 1] = 0.0
        case.module.linears[1].weight[1] = 0.0
    group, criterion = case.module.unit_groups("unit")[0], get_criterion("error")
    view, p = collect(case).view(group, criterion), case.params
    expected = [plain_scores.ablation(p, case, u) for u in plain.units(p, "unit")[0]]
    assert_allclose(view.ablation[:, 0], expected, rtol=1e-5, atol=1e-7)


def test_a_unit_that_is_gone_is_not_tried_out(monkeypatch):
    case = CASES["two classes"]()
    with torch.no_grad():
        case.module.linears[0].weight[:, 1] = 0.0
    tried = []
    monkeypatch.setattr(evidence, "_error", lambda *_: tried.append(0) or len(tried))
    (group,) = case.module.unit_groups("feature")
    # The whole network has 1 mistake, then 2 without the first column, and so on.
    found = evidence.ablation(collect(case), group)
    assert found.tolist() == [[1.0], [0.0], [2.0]]


def test_of_many_rows_few_are_tried_out(monkeypatch):
    monkeypatch.setattr(evidence, "ABLATION_ROWS", 5)
    case = CASES["regression"]()
    found = evidence.ablation(collect(case, seed=2), case.module.unit_groups("unit")[0])
    five = case.batches().sample(5, torch.Generator().manual_seed(2))
    few = case._replace(x=five.x.numpy(), y=five.y.numpy(), weight=five.weight.numpy())
    for score, unit in zip(found, plain.units(case.params, "unit")[0], strict=True):
        # The loss is squashed to less than half of a mistake in these rows.
        without = {n: w.copy() for n, w in case.params.items()}
        for name, at in unit:
            without[name][at] = 0.0
        loss = [
            plain_scores.losses(p, few) @ plain_scores.shares(few)
            for p in (without, case.params)
        ]
        expected = loss[0] - loss[1] + (math.tanh(loss[0]) - math.tanh(loss[1])) / 10
        assert float(score) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["magnitude", "fisher", "importance", "error"])
def test_a_view_holds_what_the_criterion_needs_alone(name):
    case, criterion = CASES["recurrent"](), get_criterion(name)
    (group,) = case.module.unit_groups("feature")
    view = collect(case).view(group, criterion)
    held = {field for field, value in view._asdict().items() if value is not None}
    assert held == set(criterion.needs)
    assert view.weight.shape == (2, 12) and not view.weight.requires_grad


def test_a_criterion_sees_the_weights_unasked():
    case = CASES["two classes"]()
    criterion = get_criterion("error")
    criterion.needs = ("ablation",)
    (group,) = case.module.unit_groups("feature")
    view = collect(case).view(group, criterion)
    assert_allclose(view.weight, case.params["layers.0.weight"].T)


def test_of_a_recurrent_network_at_most_so_many_rows_are_unrolled(monkeypatch):
    monkeypatch.setattr(gradients, "UNROLLED_ROWS", 10)
    monkeypatch.setattr(gradients, "CHUNK_ROWS", 3)
    case = CASES["recurrent"]()
    every_other = case._replace(x=case.x[::2], y=case.y[::2], weight=case.weight[::2])
    expected = plain_scores.squared_gradient(case.params, every_other)
    assert_same(collect(case).squared_gradient, expected, rtol=1e-6, atol=1e-9)
