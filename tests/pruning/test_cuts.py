"""A cut keeps no weights in vain, as far as that can be."""

import numpy as np
import plain
import pytest
import torch
from cutting import make_pruner, perceptron
from hypothesis import given
from hypothesis import strategies as st
from parts import Cut, cut_without_idle, cuts


def idle_share(pruner):
    """Return the share of the kept weights that are on no path, by search."""
    masks = [mask.numpy() for mask in pruner.masks.values()]
    live = sum(mask.sum() for mask in plain.on_paths(masks))
    kept = sum(mask.sum() for mask in masks)
    return (kept - live) / kept


def cut(seed, n_keep, scope="global", last=True):
    case = perceptron((4, 5, 4, 2), seed=seed)
    pruner = make_pruner(case, "weight", amount={"n_keep": n_keep}, scope=scope)
    pruner.cut(1.0, last=last)
    return pruner


@given(st.integers(0, 10_000), st.integers(8, 40))
def test_the_last_cut_leaves_no_more_idle_than_one_at_once(seed, n_keep):
    once, last = (cut(seed, n_keep, last=last) for last in (False, True))
    assert sum(int(k.sum()) for k in last.keep) == n_keep
    assert idle_share(last) <= idle_share(once)
    if idle_share(once) == 0:
        assert all(map(torch.equal, last.keep, once.keep))


def test_few_idle_weights_are_left():
    shares = {
        last: [idle_share(cut(seed, 10, last=last)) for seed in range(40)]
        for last in (False, True)
    }
    assert np.mean(shares[False]) > 0.1
    assert np.mean(shares[True]) < 0.25 * np.mean(shares[False])


def test_each_layer_loses_its_share_though_connected():
    pruner = cut(3, 12, "layer")
    assert [int(k.sum()) for k in pruner.keep] == [5, 5, 2]


class Line(Cut):
    """Weights 0 to 5 in order of rank; the kept ones of ``idles`` are in vain."""

    def __init__(self, idles, n=6, sparing=False):
        self.idles, self.n, self.sparing = idles, n, sparing
        self.asked = []

    def take(self, counts, first, safe):
        self.asked.append((counts[0], on(first), on(safe)))
        order = [*on(first), *(i for i in range(self.n) if i not in on(first))]
        order = [i for i in order if i not in on(safe)]
        keep = torch.ones(self.n, dtype=torch.bool)
        keep[order[: counts[0]]] = False
        return [keep]

    def count(self, masks):
        return [int(mask.sum()) for mask in masks]

    def idle(self, keep):
        found = self.idles(set(on(keep)))
        if not found:
            return None
        mask = torch.zeros(self.n, dtype=torch.bool)
        mask[sorted(found)] = True
        return [mask]


def on(masks):
    return masks[0].nonzero().flatten().tolist()


def nothing(n=6):
    return [torch.zeros(n, dtype=torch.bool)]


def test_a_cut_without_idle_weights_is_taken_at_once():
    line = Line(lambda kept: set())
    (keep,) = cut_without_idle([line], [2], nothing(), last=True)
    assert on([keep]) == [2, 3, 4, 5] and line.asked == [(2, [], [])]


def test_idle_weights_are_kept_where_another_cut_follows():
    line = Line(lambda kept: {5} & kept)
    (keep,) = cut_without_idle([line], [2], nothing(), last=False)
    # Idle before the cut, so the first to go.
    assert line.asked == [(2, [5], [])]
    assert on([keep]) == [1, 2, 3, 4]


def test_what_falls_idle_on_the_way_goes_first():
    # 5 is read by 0 alone.
    line = Line(lambda kept: {5} & kept if 0 not in kept else set())
    (keep,) = cut_without_idle([line], [3], nothing(), last=True)
    # At once 0, 1, 2 go and 5 is idle; in steps, 0 and 1 go, then 5.
    assert on([keep]) == [2, 3, 4]
    assert line.asked == [(3, [], []), (2, [], []), (3, [0, 1, 5], [])]


def test_what_held_others_up_is_spared_in_the_end():
    # Without 1, all the others but 0 are idle.
    line = Line(lambda kept: kept - {0} if 1 not in kept else set())
    (keep,) = cut_without_idle([line], [2], nothing(), last=True)
    assert line.asked[:3] == [(2, [], []), (2, [], []), (2, [], [0, 1])]
    assert len(on([keep])) == 4 and on([keep]) == [0, 1, 4, 5]


def test_another_ranking_is_asked_where_the_first_leaves_some_idle():
    # The last is idle but where 0 and 1 are gone, which only the other ranking takes.
    wasteful = Line(lambda kept: set() if kept == {2, 3, 4, 5} else {max(kept)})
    other = Line(lambda kept: set())
    (keep,) = cut_without_idle([wasteful], [2], nothing(), last=True)
    assert on([keep]) != [2, 3, 4, 5]
    (keep,) = cut_without_idle([wasteful, other], [2], nothing(), last=True)
    assert on([keep]) == [2, 3, 4, 5] and other.asked == [(2, [], [])]


def test_no_other_ranking_is_asked_where_nothing_is_idle():
    thrifty, other = Line(lambda kept: set()), Line(lambda kept: set())
    cut_without_idle([thrifty, other], [2], nothing(), last=True)
    assert thrifty.asked and not other.asked


def test_the_least_idle_of_all_steps_is_taken():
    line = Line(lambda kept: {max(kept)})
    (keep,) = cut_without_idle([line], [4], nothing(), last=True)
    # All leave one idle: the first is as good as any.
    assert on([keep]) == [3, 4]
    assert len(line.asked) <= cuts.MAX_STEPS + 1


@pytest.mark.parametrize(
    ("done", "counts", "expected"),
    [([0], [10], [7]), ([9], [10], [10]), ([3, 8], [13, 8], [10, 8]), ([5], [4], [5])],
)
def test_a_step_takes_two_thirds_of_what_is_left(done, counts, expected):
    assert cuts._next_counts(done, counts) == expected
