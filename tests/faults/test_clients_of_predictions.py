"""Packages that take predictions from any estimator of scikit-learn's kind."""

import numpy as np
import pytest
from instances import classifier, regressor
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(120, 4, n_informative=3, n_redundant=0, random_state=0)


@pytest.mark.parametrize("method", ["auto", "predict_proba"])
def test_fairlearn_sets_thresholds(method):
    post = pytest.importorskip("fairlearn.postprocessing")
    group = (X[:, 0] > 0).astype(int)
    adjusted = post.ThresholdOptimizer(
        estimator=classifier(), constraints="demographic_parity", predict_method=method
    )
    adjusted.fit(X, y, sensitive_features=group)
    found = adjusted.predict(X, sensitive_features=group, random_state=0)
    rates = [found[group == g].mean() for g in (0, 1)]
    assert rates[0] == pytest.approx(rates[1], abs=0.15)


@pytest.mark.parametrize("make", [classifier, regressor])
def test_shap_explains_predictions(make):
    shap = pytest.importorskip("shap")
    model = make().fit(X, y)
    explained = shap.Explainer(model.predict, X)(X[:3])
    total = explained.values.sum(1) + explained.base_values
    np.testing.assert_allclose(total, model.predict(X[:3]), atol=1e-6)


def test_shap_takes_the_model_as_it_takes_scikit_learns():
    shap = pytest.importorskip("shap")
    for model in (MLPClassifier(max_iter=5), classifier()):
        with pytest.raises(TypeError, match="not callable and cannot be analyzed"):
            shap.Explainer(model.fit(X, y), X)
        explained = shap.Explainer(model.predict_proba, X)(X[:3])
        total = explained.values.sum(1) + explained.base_values
        np.testing.assert_allclose(total, model.predict_proba(X[:3]), atol=1e-6)
