"""Cloud Quotas v1, to be read."""
