"""The colours of all pictures, in one place.

They are those of Okabe and Ito that carry a line on white, in an order in which
neighbours differ for every kind of colour vision. Dashes and marks tell lines apart in
print without colour.

References
----------
M. Okabe and K. Ito, "Color universal design: how to make figures and presentations that
are friendly to colorblind people", 2008.
"""

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of the lines of a panel, in their order."""

DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
"""Of the same lines, as matplotlib takes them."""

MARKERS = ("o", "s", "^", "D", "v", "P")
"""Of the same lines."""

MOST_LINES = len(PALETTE)
"""So many lines a panel has at most: more cannot be told apart."""

DENSE, PRUNED, CHALLENGER = PALETTE[:3]
"""Of models that are compared."""

KEPT, GONE = PALETTE[0], "#BFBFBF"
"""Of what stays and what goes."""

GUIDE = "#767676"
"""Of lines to compare with, such as a diagonal."""
