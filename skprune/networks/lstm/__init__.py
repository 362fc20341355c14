"""Long short-term memory cells."""
