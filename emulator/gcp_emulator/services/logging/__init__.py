"""Cloud Logging v2: sinks, buckets and settings are there; no entry is ever written."""
