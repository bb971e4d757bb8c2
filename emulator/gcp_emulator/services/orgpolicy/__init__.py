"""Org Policy v2, and the call of Resource Manager v1 that gcloud makes for it."""
