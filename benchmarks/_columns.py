"""Tables whose columns are worth choosing: interactions, spectra, words, known inputs.

All are drawn from seeds, but for the text: the prose of SciPy's and scikit-learn's own
docstrings, and text messages, which are read from ``../shared/data`` where they are.
"""

import importlib
import inspect

import numpy as np
import pandas as pd
from _credit import SHARED
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer


def parity(seed=0, n=2600):
    """Interactions of five columns among 500: 15 combinations of them, 480 noise.

    The classes are clusters at the 32 vertices of a cube, labelled so that no
    linear rule does well.
    """
    rng = np.random.default_rng(seed)
    vertices = np.array(np.meshgrid(*[[-1, 1]] * 5)).reshape(5, -1).T * 1.8
    while True:
        label = rng.permutation(np.repeat([0, 1], 16))
        if np.abs(vertices.T @ (label - 0.5)).max() <= 7.2:
            break
    cluster = rng.integers(0, 32, n)
    core = np.empty((n, 5))
    for k in range(32):
        rows = cluster == k
        shape = rng.uniform(-1, 1, (5, 5))
        core[rows] = rng.normal(size=(rows.sum(), 5)) @ shape + vertices[k]
    mixed = core @ rng.uniform(-1, 1, (5, 15))
    X = np.hstack([core, mixed, rng.normal(size=(n, 480))])
    X = X[:, rng.permutation(500)] * rng.uniform(1, 100, 500)
    y = label[cluster] ^ (rng.random(n) < 0.01)
    return X, y, 20


def spectra(seed=0, n=2000):
    """26 classes of ridges in time and frequency, 617 correlated columns."""
    rng = np.random.default_rng(seed)
    t, f = np.linspace(0, 1, 24)[:, None], np.linspace(0, 1, 26)[None, :]
    onsets, glides = rng.uniform(0, 1, (9, 2, 3)), rng.uniform(0.1, 0.9, (6, 3, 2))
    family, onset_of = rng.integers(0, 6, 26), rng.integers(0, 9, 26)
    y = rng.integers(0, 26, n)
    X = np.stack(
        [_utterance(rng, t, f, onsets[onset_of[c]], glides[family[c]]) for c in y]
    )
    noise = 0.25 * rng.normal(size=X.shape)
    for axis in (1, 2):
        noise = 0.8 * noise + 0.6 * np.roll(noise, 1, axis)
    return (X + noise).reshape(n, -1)[:, :617], y, 50


def _utterance(rng, t, f, onset, glide):
    voice = rng.normal(size=4)
    start = 0.25 + 0.07 * voice[0]
    image = 0.0
    for when, pitch, loud in onset:
        far = ((t - start * (0.3 + 0.5 * when)) / 0.06) ** 2
        far = far + ((f - pitch - 0.03 * voice[1]) / 0.12) ** 2
        image = image + (0.4 + 0.6 * loud) * np.exp(-far)
    voiced = 1 / (1 + np.exp(-(t - start) / 0.03))
    for k, (low, high) in enumerate(glide):
        centre = low + (high - low) * t / 2 + 0.04 * voice[2]
        image = image + voiced * np.exp(-(((f - centre) / 0.07) ** 2)) * (1 - 0.2 * k)
    return image * np.exp(0.2 * voice[3])


TOPICS = (
    ("scipy.signal", "scipy.ndimage", "scipy.fft", "scipy.interpolate"),
    ("scipy.stats", "scipy.optimize", "scipy.special", "scipy.spatial"),
)


def prose(seed=0, n=1500):
    """Two topics of technical prose, counts of about two thousand words, sparse."""
    passages, y = _passages(TOPICS, 40)
    rows = np.random.default_rng(seed).permutation(len(y))[:n]
    counter = CountVectorizer(min_df=2, token_pattern="[a-zA-Z]{2,}")
    X = counter.fit_transform([passages[i] for i in rows])
    return X.astype(float), y[rows], 50


def _passages(topics, length):
    """Cut docstrings into passages of so many words, and label them by topic."""
    passages, y = [], []
    for label, modules in enumerate(topics):
        for text in sorted({t for m in modules for t in _docstrings(m)}):
            words = text.split()[:360]
            for start in range(0, len(words) - length // 2, length):
                passages.append(" ".join(words[start : start + length]))
                y.append(label)
    return passages, np.array(y)


def _docstrings(name):
    module = importlib.import_module(name)
    texts = (inspect.getdoc(getattr(module, item)) or "" for item in module.__all__)
    return [text for text in texts if len(text) >= 200]


LIBRARIES = {
    "scipy": "signal stats optimize special spatial interpolate sparse",
    "sklearn": "linear_model ensemble metrics preprocessing cluster decomposition "
    "feature_selection datasets svm covariance neighbors",
}


def libraries(seed=0, n=2000):
    """Twenty words of SciPy's docstrings or of scikit-learn's, TF-IDF, sparse."""
    topics = [
        [f"{name}.{m}" for m in modules.split()] for name, modules in LIBRARIES.items()
    ]
    passages, y = _passages(topics, 20)
    rows = np.random.default_rng(seed).permutation(len(y))[:n]
    words = TfidfVectorizer(token_pattern="[a-zA-Z]{2,}")
    return words.fit_transform([passages[i] for i in rows]), y[rows], 50


MESSAGES = SHARED / "sms_spam.csv.gz"


def messages(seed=0, n=2000):
    """Text messages, of which 13 % are spam, TF-IDF of about 5,000 words, sparse."""
    table = pd.read_csv(MESSAGES).sample(n, random_state=seed)
    y = (table["label"] == "spam").to_numpy().astype(int)
    return TfidfVectorizer().fit_transform(table["text"]), y, 50


KINDS = {"parity": parity, "spectra": spectra, "prose": prose}


def wide_words():
    """Return the tables with more words than rows, those that are there."""
    there = {"messages": messages} if MESSAGES.exists() else {}
    return {"libraries": libraries, **there}


def known_inputs(name, seed, n=1000, n_noise=30):
    """Draw inputs, five columns correlated .7 with one of them each, and noise."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, size=(n, 5 + n_noise)) * np.sqrt(3)
    signal, inputs = SIGNALS[name](X)
    copies = 0.7 * X[:, inputs].T[rng.integers(0, len(inputs), 5)].T
    X = np.hstack([X, copies + 0.71 * rng.normal(size=(n, 5))])
    y = signal + 0.1 * signal.std() * rng.normal(size=n)
    order = rng.permutation(X.shape[1])
    return X[:, order], y, set(np.flatnonzero(np.isin(order, inputs)).tolist())


def _linear(X):
    return X[:, :5] @ [1.0, -2.0, 1.5, 1.0, -1.0], [0, 1, 2, 3, 4]


def _xor(X):
    return X[:, 0] * X[:, 1], [0, 1]


def _friedman1(X):
    u = X / (2 * np.sqrt(3)) + 0.5
    curve = 10 * np.sin(np.pi * u[:, 0] * u[:, 1]) + 20 * (u[:, 2] - 0.5) ** 2
    return curve + 10 * u[:, 3] + 5 * u[:, 4], [0, 1, 2, 3, 4]


SIGNALS = {"linear": _linear, "xor": _xor, "friedman1": _friedman1}
