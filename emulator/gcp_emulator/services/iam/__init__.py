"""Identity and Access Management v1: service accounts and their keys, roles, workload identity pools."""
