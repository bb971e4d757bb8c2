# A new project in an organization or a folder, paid for, with Vertex AI on and a service account for the application.
# expect: google_project=1 google_project_service=6 google_service_account=1 google_project_iam_member=2

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

variable "parent" {
  description = "organizations/NUMBER or folders/NUMBER."
  type        = string
}

variable "project_id" {
  description = "The id of the new project: free in all of Google Cloud, and never to be used again."
  type        = string
}

module "team_chat" {
  source = "../.."

  project = {
    id     = var.project_id
    create = true
    parent = var.parent
    labels = { team = "chat" }
  }
  billing  = { account = var.billing_account }
  identity = { service_account = "chat-runtime" }

  iam_members = {
    developers = { role = "roles/aiplatform.user", member = "group:chat-developers@example.com" }
  }
}

output "openai_base_url" {
  description = "What an OpenAI client takes as its base URL."
  value       = module.team_chat.openai_base_url
}

output "smoke_test_command" {
  description = "What to run next."
  value       = module.team_chat.smoke_test_command
}
