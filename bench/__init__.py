"""Benchmarks: each module prints one JSON line a figure. Never part of the test run."""
