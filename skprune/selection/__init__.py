"""Which input columns stay: how many, which go together, and by what score.

Every method is one function from a `Table` and a number of columns to a
`Ranking`; it never learns how the amount was stated. `PruningTransformer` in
`skprune.transformer` is the face.
"""
