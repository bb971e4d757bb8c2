"""Cloud Storage's JSON API: buckets with their policies, and objects, enough for Terraform's state."""
