"""Cloud Billing Budgets v1 and v1beta1."""
