"""A network and its preparation as one SELECT."""

from skprune.export.sql.convert import to_sql

__all__ = ["to_sql"]
