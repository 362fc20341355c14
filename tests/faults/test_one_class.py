"""One class in y is taken, as by scikit-learn's perceptron."""

import numpy as np
import pytest
from instances import classifier
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, KFold

from skprune import PrunedLSTMClassifier
from skprune.export import to_torch

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(60, 6, random_state=0)
MODELS = {
    "plain": classifier(),
    "early stopping": classifier(early_stopping=True),
    "balanced": classifier(class_weight="balanced"),
    "several": classifier(n_networks=2),
    "windows": PrunedLSTMClassifier((3,), n_timesteps=3, max_iter=2, prune_iter=2),
}


@pytest.mark.parametrize("label", [0, 1, "a"])
@pytest.mark.parametrize("case", MODELS)
def test_it_is_predicted(case, label):
    same = np.array([label] * 60)
    model = MODELS[case].fit(X, same)
    assert model.classes_.tolist() == [label]
    assert model.predict(X).tolist() == [label] * 60
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((60, 1)))
    np.testing.assert_array_equal(model.predict_log_proba(X), np.zeros((60, 1)))
    assert model.score(X, same) == 1.0


def test_folds_that_lack_a_rare_class():
    rare = np.zeros(60, int)
    rare[-5:] = 1
    search = GridSearchCV(
        classifier(max_iter=4, prune_iter=2),
        {"sparsity": [0.3, 0.6]},
        cv=KFold(5),
        scoring="accuracy",
        error_score="raise",
    )
    search.fit(X, rare)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("value", [0, 1])
def test_a_label_that_never_changes(value):
    model = classifier(max_iter=60).fit(X, np.column_stack([y, np.full(60, value)]))
    assert (model.predict(X)[:, 1] == value).all()
    assert (model.predict(X)[:, 0] == y).mean() > 0.8


def test_an_export_of_it_is_refused():
    with pytest.raises(ValueError, match="of one class"):
        to_torch(classifier().fit(X, np.zeros(60, int)))
