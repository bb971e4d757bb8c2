# Many projects, one file each: projects/NAME.yaml holds the inputs of one module call, beside what all have in common.
# expect: google_project=2 google_project_service=9 google_service_account=1 google_project_iam_member=1

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
  description = "Who pays for all of them."
  type        = string
}

variable "parent" {
  description = "Where all of them are made: organizations/NUMBER or folders/NUMBER."
  type        = string
}

locals {
  projects = {
    for file in fileset("${path.module}/projects", "*.yaml") :
    trimsuffix(file, ".yaml") => yamldecode(file("${path.module}/projects/${file}"))
  }
}

module "fleet" {
  source   = "../.."
  for_each = local.projects

  project = merge(
    { create = true, parent = var.parent },
    each.value.project,
    { labels = merge({ fleet = "chat" }, try(each.value.project.labels, {})) },
  )
  billing  = { account = var.billing_account }
  identity = try(each.value.identity, null)
  ci       = try(each.value.ci, null)
  budget   = try(each.value.budget, null)
}

output "smoke_test_commands" {
  description = "What to run next, by project."
  value       = { for name, each in module.fleet : name => each.smoke_test_command }
}
