"""Proofs that take too long for every test run: one module each, with CLAIM and `prove`."""
