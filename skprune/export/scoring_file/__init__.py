"""The parts that scoring files are put together of."""
