"""Units are read and written through two functions that undo each other."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import GRANULARITIES, perceptrons, seeds, zero
from parts import MLP, Member, UnitGroup, gather, scatter

granularities = st.sampled_from(GRANULARITIES)


@given(perceptrons(), granularities, st.floats(0, 1), seeds)
def test_removed_units_are_zero_and_the_others_are_whole(case, granularity, share, s):
    module, _ = case
    before = {n: p.detach().clone() for n, p in module.named_parameters()}
    masks = zero(module, granularity, share, s)
    after = dict(module.named_parameters())
    assert all(torch.equal(after[n], before[n] * masks[n]) for n in masks)
    assert all(torch.equal(after[n], before[n]) for n in before.keys() - masks.keys())


@given(perceptrons(), granularities, st.data())
def test_masks_of_one_group_read_back_as_its_keep_mask(case, granularity, data):
    module, _ = case
    params = dict(module.named_parameters())
    for group in module.unit_groups(granularity):
        flags = st.lists(st.booleans(), min_size=group.n_units, max_size=group.n_units)
        keep = torch.tensor(data.draw(flags))
        found = gather(group, scatter([group], [keep], params))
        assert torch.equal(found, keep[:, None].expand_as(found))


@given(perceptrons(), granularities)
def test_every_entry_of_a_member_is_in_exactly_one_unit(case, granularity):
    module, _ = case
    params = dict(module.named_parameters())
    for group in module.unit_groups(granularity):
        entries = torch.cat([params[m.param].flatten() for m in group.members])
        found = gather(group, params).flatten()
        assert torch.equal(found.sort().values, entries.sort().values)


def test_blocks_belong_to_one_unit():
    # Two cells, three gates: rows 0, 2, 4 are the first cell's.
    weight = torch.arange(12.0).reshape(6, 2)
    group = UnitGroup("cells", 2, (Member("w", 0, blocks=3),))
    rows = gather(group, {"w": weight})
    assert rows.tolist() == [[0, 1, 4, 5, 8, 9], [2, 3, 6, 7, 10, 11]]
    masks = scatter([group], [torch.tensor([True, False])], {"w": weight})
    assert masks["w"][:, 0].tolist() == [True, False] * 3


def test_entries_of_one_label_belong_to_one_unit():
    weight = torch.arange(8.0).reshape(2, 4)
    group = UnitGroup("inputs", 4, (Member("w", 1),)).joined((1, 0, 1, 1))
    assert group.n_units == 2 and group.name == "inputs"
    # The smaller unit ends in zeros.
    rows = gather(group, {"w": weight})
    assert rows.tolist() == [[1, 5, 0, 0, 0, 0], [0, 4, 2, 6, 3, 7]]
    masks = scatter([group], [torch.tensor([True, False])], {"w": weight})
    assert masks["w"].tolist() == [[False, True, False, False]] * 2
    assert group.members[0].places(1).tolist() == [0, 2, 3]


def test_an_entry_stays_only_if_all_its_units_do():
    weight = torch.ones(2, 2)
    rows, columns = (UnitGroup("", 2, (Member("w", dim),)) for dim in (0, 1))
    keep = [torch.tensor([True, False]), torch.tensor([False, True])]
    masks = scatter([rows, columns], keep, {"w": weight})
    assert masks["w"].tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize(
    ("granularity", "counts"),
    [("weight", [12, 8, 2]), ("unit", [4, 2]), ("feature", [3])],
)
def test_a_perceptron_declares_its_units(granularity, counts):
    groups = MLP([3, 4, 2, 1], "relu").unit_groups(granularity)
    assert [group.n_units for group in groups] == counts
