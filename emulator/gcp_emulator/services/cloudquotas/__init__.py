"""Cloud Quotas v1: what limits a project has, and what it would like them to be."""
