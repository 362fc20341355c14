"""Fits side by side, under whatever settings of torch the user has."""

from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
import torch
from instances import classifier, regressor
from sklearn.datasets import make_classification

from skprune import PrunedLSTMRegressor, PruningTransformer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(80, 6, random_state=0)
N_FITS = 16


@pytest.fixture
def user_settings():
    """Restore torch's settings, whatever a test does to them."""
    before = torch.get_default_dtype(), torch.get_num_threads()
    yield
    torch.set_default_dtype(before[0])
    torch.set_num_threads(before[1])


def predictions(seed):
    return classifier(random_state=seed, max_iter=6).fit(X, y).predict_proba(X)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_threads_neither_lose_nor_read_settings(user_settings, n_threads):
    alone = [predictions(seed) for seed in range(N_FITS)]
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(n_threads)
    for _ in range(3):
        with ThreadPool(8) as pool:
            together = pool.map(predictions, range(N_FITS), chunksize=1)
        assert torch.get_default_dtype() is torch.float64
        assert torch.get_num_threads() == n_threads
        np.testing.assert_array_equal(together, alone)


def test_a_fit_without_gradients(user_settings):
    alone = predictions(0)
    with torch.no_grad():
        np.testing.assert_array_equal(predictions(0), alone)
        assert not torch.is_grad_enabled()
    with torch.inference_mode():
        np.testing.assert_array_equal(predictions(0), alone)
    assert torch.is_grad_enabled()


LSTM = PrunedLSTMRegressor(
    (4,),
    dense_layer_sizes=(3,),
    n_timesteps=3,
    max_iter=4,
    prune_iter=2,
    random_state=0,
    sparsity=0.5,
)
FITS = {
    "penalty": classifier(alpha=1.0, l1_ratio=0.5),
    "dropout": classifier(dropout=0.3),
    "several": classifier(n_networks=2),
    "early stopping": classifier(early_stopping=True),
    "bits": classifier(n_bits=4),
    "importance": classifier(criterion="importance", granularity="feature"),
    "obs": regressor(criterion="obs"),
    "sgd": regressor(solver="sgd", learning_rate="adaptive", regrow="random"),
    "error": classifier(criterion="error", granularity="unit"),
    "poisson": regressor(loss="poisson"),
    "LSTM": LSTM,
    "LSTM, fisher": LSTM.__class__(**(LSTM.get_params() | {"criterion": "fisher"})),
    "transformer": PruningTransformer("network", random_state=0),
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
@pytest.mark.parametrize("case", FITS)
def test_the_default_dtype_makes_no_difference(user_settings, case, dtype):
    def outputs():
        model = FITS[case].fit(X, y)
        return model.transform(X) if case == "transformer" else model.predict(X)

    plain = outputs()
    torch.set_default_dtype(dtype)
    np.testing.assert_array_equal(outputs(), plain)
    assert torch.get_default_dtype() is dtype
