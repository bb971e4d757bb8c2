"""Privileged Access Manager v1: entitlements are there; none is ever asked for a grant."""
