"""Workload identity federation: which tokens are let in, and whether a given one would be.

`rules` says what a provider must look like for a configuration; `tokens` holds a token against a provider.
Nothing here makes a call.
"""
