"""Executors for tests of the engine: pure Python, quick, and able to go wrong on request."""
