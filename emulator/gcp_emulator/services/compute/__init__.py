"""Compute Engine v1, as far as a project begins with it: the default network and the default accounts."""
