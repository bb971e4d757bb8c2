# A project that is there: what is missing is added, nothing that others made is taken, and destroy leaves it as it was.
# expect: google_project_service=5 google_billing_project_info=1 google_service_account=1 google_project_iam_member=1

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

variable "billing_account" {
  description = "Who pays, such as 000000-AAAAAA-111111."
  type        = string
}

variable "project_id" {
  description = "The project's id."
  type        = string
}

module "team_chat" {
  source = "../.."

  project  = { id = var.project_id }
  billing  = { account = var.billing_account }
  identity = { service_account = "chat-runtime" }
}

output "smoke_test_command" {
  description = "What to run next."
  value       = module.team_chat.smoke_test_command
}
