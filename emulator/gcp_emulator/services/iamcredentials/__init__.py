"""Service Account Credentials v1: short-lived credentials of service accounts."""
