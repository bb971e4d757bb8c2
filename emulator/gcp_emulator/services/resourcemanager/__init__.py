"""Resource Manager v3, and the v1 calls that gcloud and Terraform still make."""
