"""Exactly the asked number of units goes, whatever the scores."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from parts import PrunePlan, keep_best, keep_best_by_layer, layer_floor

# Few distinct values, so that nearly every case has ties.
scores_of = st.lists(st.integers(0, 3), min_size=1, max_size=12).map(
    lambda values: torch.tensor(values, dtype=torch.float32)
)
layers = st.lists(scores_of, min_size=1, max_size=4)


def total(masks):
    return sum(int((~mask).sum()) for mask in masks)


@st.composite
def requests(draw):
    """Scores, floors and a number to remove that the floors allow."""
    scores = draw(layers)
    floors = [draw(st.integers(1, len(s))) for s in scores]
    free = sum(len(s) for s in scores) - sum(floors)
    return scores, floors, draw(st.integers(0, free))


@given(requests())
def test_exactly_k_go_and_floors_hold(request):
    scores, floors, k = request
    keep = keep_best(scores, k, floors)
    assert total(keep) == k
    assert all(int(m.sum()) >= f for m, f in zip(keep, floors, strict=True))


@given(layers, st.integers(0, 60))
def test_whatever_is_asked_every_layer_keeps_its_floor(scores, k):
    keep = keep_best(scores, k, [1] * len(scores))
    assert all(mask.any() for mask in keep)
    free = sum(len(s) for s in scores) - len(scores)
    assert total(keep) == min(k, free)


@given(scores_of, st.data())
def test_no_unit_that_goes_scores_above_one_that_stays(scores, data):
    k = data.draw(st.integers(0, len(scores) - 1))
    (keep,) = keep_best([scores], k, [1])
    if k:
        assert scores[~keep].max() <= scores[keep].min()


@given(st.integers(1, 12), st.data())
def test_of_equals_the_later_goes_first(n, data):
    k = data.draw(st.integers(0, n - 1))
    (keep,) = keep_best([torch.zeros(n)], k, [1])
    assert keep.tolist() == [True] * (n - k) + [False] * k


@given(requests(), st.data())
def test_masks_along_a_path_are_nested(request, data):
    scores, floors, k = request
    first = keep_best(scores, data.draw(st.integers(0, k)), floors)
    gone = [~mask for mask in first]
    again = [data.draw(scores_of) for _ in scores]
    again = [s.repeat(12)[: len(old)] for s, old in zip(again, scores, strict=True)]
    then = keep_best(again, k, floors, gone)
    assert total(then) == k
    assert all(not bool((m & out).any()) for m, out in zip(then, gone, strict=True))


@given(requests(), st.data())
def test_safe_units_stay(request, data):
    scores, _, k = request
    safe = [torch.zeros(len(s), dtype=torch.bool) for s in scores]
    for mask in safe:
        mask[data.draw(st.integers(0, len(mask) - 1))] = True
    keep = keep_best(scores, k, [1] * len(scores), None, safe)
    assert all(bool(m[s].all()) for m, s in zip(keep, safe, strict=True))
    assert total(keep) == min(k, sum(len(s) - 1 for s in scores))


@given(layers, st.data())
def test_by_layer_each_loses_its_own_number(scores, data):
    counts = [data.draw(st.integers(0, len(s) - 1)) for s in scores]
    keep = keep_best_by_layer(scores, counts, [1] * len(scores))
    assert [int((~mask).sum()) for mask in keep] == counts


@given(scores_of, st.randoms(use_true_random=False), st.data())
def test_order_of_distinct_scores_does_not_matter(scores, random, data):
    distinct = scores + torch.arange(len(scores)) / 100
    order = list(range(len(scores)))
    random.shuffle(order)
    k = data.draw(st.integers(0, len(scores) - 1))
    (keep,), (shuffled,) = (keep_best([s], k, [1]) for s in (distinct, distinct[order]))
    assert torch.equal(keep[order], shuffled)


@pytest.mark.parametrize(
    ("amount", "n_removed"),
    [
        ({"sparsity": 0.0}, 0),
        ({"sparsity": 0.75}, 6),
        # 3.6 and 3.4 units, to the nearest.
        ({"sparsity": 0.45}, 4),
        ({"sparsity": 0.425}, 3),
        ({"n_keep": 3}, 5),
        ({"n_keep": 20}, 0),
        ({"threshold": 2.0}, 2),
        ({"threshold": 100.0}, 8),
    ],
)
def test_amounts(amount, n_removed):
    rest = dict.fromkeys(
        ("granularity", "criterion", "schedule", "scope", "regrow", "prune_iter")
    )
    plan = PrunePlan(**rest, n_bits=None, **amount)
    assert plan.n_removed(torch.arange(8.0)) == n_removed


@given(st.integers(1, 1000), st.floats(0, 1))
def test_floor_is_between_one_and_all(n_units, share):
    assert 1 <= layer_floor(n_units, share) <= n_units


@pytest.mark.parametrize(
    ("n_units", "share", "floor"),
    [(10, 0.0, 1), (10, 0.26, 3), (10, 0.24, 2), (10, 1.0, 10), (1, 0.0, 1), (7, 2, 7)],
)
def test_floors_by_hand(n_units, share, floor):
    assert layer_floor(n_units, share) == floor
