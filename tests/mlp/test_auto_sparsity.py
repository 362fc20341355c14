"""``sparsity="auto"``: as sparse as the validation loss allows."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import make_classification

from skprune import PrunedMLPClassifier
from skprune.training import run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def rows():
    return make_classification(
        2000, 20, n_informative=4, n_redundant=0, class_sep=1.5, random_state=0
    )


def fit(rows, **params):
    model = PrunedMLPClassifier((32,), sparsity="auto", random_state=0, **params)
    return model.fit(*rows)


def test_stays_within_the_tolerance_on_the_validation_rows(rows):
    model = fit(rows, tolerance=0.01)
    report = model.pruning_report_
    assert report.evaluated_on == "validation"
    assert report.pruned.loss <= report.dense.loss + 0.01 + 1e-6
    assert model.sparsity_ >= 0.7


def test_a_larger_tolerance_prunes_no_less(rows):
    found = [fit(rows, tolerance=t).sparsity_ for t in (0.0, 0.02, 0.2)]
    assert found == sorted(found)
    assert found[-1] > 0.9


def test_dense_where_no_level_is_good_enough(rows, monkeypatch):
    # As if the dense network had made no mistake at all.
    def flawless(jobs, *rest):
        return [replace(outcome, loss=-1.0) for outcome in train_dense(jobs, *rest)]

    train_dense = run.train_dense
    monkeypatch.setattr(run, "train_dense", flawless)
    model = fit(rows, max_iter=10)
    assert model.sparsity_ == 0.0
    dense = PrunedMLPClassifier(
        (32,), sparsity=0, early_stopping=True, max_iter=10, random_state=0
    ).fit(*rows)
    np.testing.assert_array_equal(
        model.predict_proba(rows[0]), dense.predict_proba(rows[0])
    )


def test_an_amount_beside_auto_is_refused(rows):
    with pytest.raises(ValueError, match="sparsity and n_keep"):
        fit(rows, n_keep=30)


def test_is_bit_equal_twice(rows):
    first, second = (fit(rows, max_iter=20).predict_proba(rows[0]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
