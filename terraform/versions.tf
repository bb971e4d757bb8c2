terraform {
  # 1.9: a validation may look at other variables.
  required_version = ">= 1.9"

  required_providers {
    google = {
      source = "hashicorp/google"
      # 7.34: resource_manager_v3_custom_endpoint is back, and deletion_policy is on every resource used here.
      version = ">= 7.34, < 9"
    }
  }
}
