"""
Reasons, and a risk that only rises
===================================

A network that reads few columns can say exactly what each of them adds to a score. With
``monotonic_cst`` the risk only rises with what should raise it, for every applicant
that there may be.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit
from skprune.inspection import reason_codes
from skprune.preprocessing import column_groups, make_tabular_preprocessor

X, y = load_german_credit(return_X_y=True, as_frame=True)
X = X[["duration_in_month", "credit_amount", "savings_account_and_bonds", "purpose"]]
preparation = make_tabular_preprocessor().set_output(transform="pandas").fit(X[:700])


def fitted(monotonic_cst):
    """Return a Pipeline whose network has learnt from the first 700 loans."""
    network = PrunedMLPClassifier(
        (32,),
        sparsity=0.8,
        early_stopping=True,
        groups=column_groups(preparation),
        monotonic_cst=monotonic_cst,
        random_state=0,
    )
    network.fit(preparation.transform(X[:700]), y[:700])
    return make_pipeline(preparation, network)


free, rising = fitted(None), fitted({"duration_in_month": 1, "credit_amount": 1})

# %%
# The reasons of the riskiest of the loans held out: names of raw columns, and what each
# adds to the log-odds of going bad, beside the average applicant.

codes = reason_codes(rising, X[700:], n_reasons=3)
print(codes.to_frame().iloc[codes.scores.argmax()].to_string())
total = codes.base_value + codes.contributions.sum(axis=1)
print("largest error of the sums:", f"{np.abs(total - codes.scores).max():.0e}")

# %%
# The risk of one applicant, were the loan to run for longer.

months = np.arange(4, 73)
applicant = X.iloc[[700] * len(months)].assign(duration_in_month=months)
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name, model, colour, side in (
    ("may only rise", rising, "#0072B2", "bottom"),
    ("free", free, "#D55E00", "top"),
):
    risk = model.predict_proba(applicant)[:, 1]
    ax.plot(months, risk, color=colour)
    ax.annotate(
        name, (months[-1], risk[-1]), xytext=(4, 0), textcoords="offset points",
        va=side, color=colour,
    )  # fmt: skip
ax.set(xlabel="duration in months", ylabel="probability of default")
ax.set(xlim=(4, 90), ylim=(0.05, 0.5))
plt.show()
