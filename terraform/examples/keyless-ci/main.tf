# GitHub's pipelines call Google Cloud without a key: one repository, one branch.
# expect: google_iam_workload_identity_pool=1 google_iam_workload_identity_pool_provider=1 google_service_account=1 google_service_account_iam_member=1 google_project_iam_member=5 google_project_service=7

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.34, < 9"
    }
  }
}

provider "google" {}

variable "project_id" {
  description = "The project's id."
  type        = string
}

variable "repository" {
  description = "The repository whose pipelines are let in, owner/name."
  type        = string
}

variable "repository_id" {
  description = "Its number: `gh api repos/OWNER/NAME --jq .id`. A name can go to someone else, a number never does."
  type        = string
}

module "team_chat" {
  source = "../.."

  project = { id = var.project_id }
  ci = {
    provider      = "github"
    repository    = var.repository
    repository_id = var.repository_id
    branch        = "main"
  }
}

# For google-github-actions/auth, in a job with `permissions: {id-token: write, contents: read}`.
output "workload_identity_provider" {
  description = "The action's workload_identity_provider."
  value       = module.team_chat.workload_identity_provider
}

output "service_account" {
  description = "The action's service_account."
  value       = module.team_chat.ci_service_account
}
