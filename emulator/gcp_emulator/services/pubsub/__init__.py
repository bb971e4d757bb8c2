"""Pub/Sub v1: topics and subscriptions are there, with their policies; no message is ever sent."""
