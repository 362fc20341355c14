"""What stays after brain surgery, against least squares."""

import numpy as np
import plain
import plain_scores
import pytest
import torch
from cutting import CASES, collect, make_pruner, perceptron
from numpy.testing import assert_allclose, assert_array_equal
from parts import compensate, evidence
from scipy import sparse


def expected(p, case, masks, block=256):
    """Fit the outputs of each map by what stays of it, on damped rows."""
    p = {name: w.copy() for name, w in p.items()}
    seen = plain.forward(p, case.x, case.activation, case.n_channels)[1]
    for name, x in seen.items():
        if name not in masks or name == "lags" or masks[name].all():
            continue
        old, new = p[name], p[name] * masks[name]
        for start in range(0, x.shape[1], block):
            at = np.arange(start, min(start + block, x.shape[1]))
            hessian = plain_scores.damped_covariance(x)[np.ix_(at, at)]
            root = np.linalg.cholesky(hessian).T
            for i, mask in enumerate(masks[name]):
                stay = at[mask[at]]
                target = root @ old[i, at]
                new[i, stay] = np.linalg.lstsq(root[:, mask[at]], target)[0]
        bias = name.replace("weight", "bias")
        p[name], p[bias] = new, p[bias] + (old - new) @ x.mean(0)
    return p


def masks_of(p, seed):
    rng = np.random.default_rng(seed)
    masks = {n: rng.random(w.shape) < 0.5 for n, w in p.items() if "weight" in n}
    for mask in masks.values():
        mask.flat[0], mask.flat[-1] = True, False
    return masks


@pytest.mark.parametrize("block", [256, 2])
@pytest.mark.parametrize("name", CASES)
def test_the_rest_of_a_row_makes_up_for_what_goes(name, block, monkeypatch):
    monkeypatch.setattr(evidence, "CURVATURE_BLOCK", block)
    case = CASES[name]()
    p, masks = case.params, masks_of(case.params, seed=1)
    compensate(collect(case), {n: torch.from_numpy(m) for n, m in masks.items()})
    for parameter, w in expected(p, case, masks, block).items():
        assert_allclose(case.params[parameter], w, rtol=1e-7, atol=1e-9)


def test_sparse_rows_and_dense_ones_compensate_alike():
    case, same = perceptron(), perceptron()
    x = np.where(case.x > 0.3, case.x, 0.0)
    masks = masks_of(case.params, seed=1)
    for one, rows in ((case, x), (same, sparse.csr_array(x))):
        kept = {name: torch.from_numpy(mask) for name, mask in masks.items()}
        compensate(collect(one._replace(x=rows)), kept)
    for name, w in case.params.items():
        assert_allclose(same.params[name], w, rtol=1e-9, atol=1e-12)


def test_a_network_in_single_precision_is_corrected_in_double():
    case, single = perceptron(), perceptron()
    single.module.float()
    masks = masks_of(case.params, seed=1)
    narrow = {f: getattr(single, f).astype("f4") for f in ("x", "y", "weight")}
    for one in (case, single._replace(**narrow)):
        kept = {name: torch.from_numpy(mask) for name, mask in masks.items()}
        compensate(collect(one), kept)
    for name, w in case.params.items():
        assert_allclose(single.params[name], w, rtol=1e-4, atol=1e-5)


def test_layers_that_lose_nothing_stay_as_they_are():
    case = perceptron()
    p = case.params
    masks = {n: torch.ones(w.shape, dtype=torch.bool) for n, w in p.items()}
    del masks["layers.1.weight"]
    masks["layers.2.weight"][0, 1] = False
    compensate(collect(case), masks)
    for name, w in case.params.items():
        same = name not in ("layers.2.weight", "layers.2.bias")
        assert same == bool((w == p[name]).all())


def test_a_cut_by_the_surgeon_compensates():
    case = perceptron()
    p, pruner = case.params, make_pruner(case, "weight", "obs")
    pruner.cut(1.0, last=False)
    masks = {name: mask.numpy() for name, mask in pruner.masks.items()}
    assert 0 < sum((~mask).sum() for mask in masks.values())
    for name, w in expected(p, case, masks).items():
        assert_allclose(case.params[name], w, rtol=1e-7, atol=1e-9)


def test_no_other_cut_does():
    case = perceptron()
    p, pruner = case.params, make_pruner(case, "weight", "magnitude")
    pruner.cut(1.0, last=False)
    for name, mask in pruner.masks.items():
        assert_array_equal(case.params[name], p[name] * mask.numpy())
