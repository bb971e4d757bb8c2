"""A stand-in for hashicorp/google, for tests: a test double, and not the provider.

The registry, and so the real provider, is out of reach where these tests run. This one speaks Terraform's plugin
protocol 5, serves the real provider's schema for what the module uses (`schema.json`), refuses what that refuses,
plans as its SDK plans, and makes the calls that it makes, in their order, against a sandbox on this machine and
nowhere else. It was written from facts about the provider; no code of the provider is in it.
"""
