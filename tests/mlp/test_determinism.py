"""One random_state, one network: whatever ran before, and wherever it runs."""

import os
import random
import subprocess
import sys
from multiprocessing.pool import ThreadPool

import numpy as np
import pytest
import torch
from instances import TINY, classifier, regressor
from sklearn.datasets import make_classification

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(120, 10, random_state=0)
SETTINGS = {
    "plain": {},
    "dropout": {"dropout": 0.3},
    "random": {"criterion": "random", "regrow": "random"},
    "fisher": {"criterion": "fisher", "granularity": "unit"},
    "movement": {"criterion": "movement", "early_stopping": True},
    "sgd": {"solver": "sgd", "learning_rate": "adaptive"},
}


def seed_otherwise():
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)


STATES = {
    "seeds": seed_otherwise,
    "threads": lambda: torch.set_num_threads(2),
    "no gradients": lambda: torch.set_grad_enabled(False),
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
}


@pytest.fixture
def torch_as_it_was():
    kept = torch.get_rng_state(), torch.get_num_threads()
    numpy_kept, python_kept = np.random.get_state(), random.getstate()
    yield
    torch.set_rng_state(kept[0])
    torch.set_num_threads(kept[1])
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.use_deterministic_algorithms(False)
    np.random.set_state(numpy_kept)
    random.setstate(python_kept)


def bits(**parameters):
    return classifier(**parameters).fit(X, y).predict_proba(X).tobytes()


@pytest.mark.parametrize("setting", SETTINGS)
def test_two_fits_are_bit_equal(setting):
    assert bits(**SETTINGS[setting]) == bits(**SETTINGS[setting])


@pytest.mark.parametrize("setting", sorted(SETTINGS.keys() - {"sgd"}))
def test_another_seed_gives_another_network(setting):
    settings = SETTINGS[setting]
    assert bits(**settings) != bits(**settings, **{"random_state": 1})


@pytest.mark.parametrize("state", STATES)
def test_the_state_of_torch_and_numpy_does_not_matter(state, torch_as_it_was):
    expected = bits(dropout=0.2)
    STATES[state]()
    assert bits(dropout=0.2) == expected


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_state_of_torch_and_numpy_is_left_alone(setting, torch_as_it_was):
    torch.set_num_threads(2)

    def state():
        draws = np.random.get_state()[1].tobytes(), random.getstate()
        return torch.get_rng_state().tolist(), torch.get_num_threads(), *draws

    before = state()
    bits(**SETTINGS[setting])
    assert state() == before


def test_threads_do_not_disturb_each_other(torch_as_it_was):
    torch.set_num_threads(2)
    seeds = [0, 1, 2, 3] * 2
    expected = [bits(random_state=seed) for seed in seeds]
    with ThreadPool(4) as pool:
        found = pool.map(lambda seed: bits(random_state=seed), seeds)
    assert found == expected
    assert torch.get_num_threads() == 2


def test_processes_agree():
    program = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from sklearn.datasets import make_classification\n"
        "from skprune import PrunedMLPClassifier\n"
        "X, y = make_classification(120, 10, random_state=0)\n"
        f"model = PrunedMLPClassifier(**{TINY!r}).fit(X, y)\n"
        "print(model.predict_proba(X).tobytes().hex())"
    )
    run = [sys.executable, "-c", program]
    env = os.environ | {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(run, check=True, capture_output=True, text=True, env=env)
    assert done.stdout.strip() == bits().hex()


def test_a_random_state_instance_moves_on():
    random_state = np.random.RandomState(0)
    first, second = (bits(random_state=random_state) for _ in range(2))
    assert first != second
    assert first == bits(random_state=np.random.RandomState(0))


def test_the_order_of_rows_does_not_matter_in_one_batch():
    order = np.random.default_rng(0).permutation(len(y))
    one = regressor(batch_size="auto").fit(X, y)
    other = regressor(batch_size="auto").fit(X[order], y[order])
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
