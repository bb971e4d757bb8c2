# Many projects, one file each: projects/NAME.yaml holds the inputs of one module call, beside what all have in common.
# expect: google_project=2 google_project_service=11 google_service_account=1 google_project_iam_member=1

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
  inputs = ["budget", "ci", "endpoint", "iam_members", "identity", "model", "organization_policy", "project", "services"]

  projects = {
    for file in fileset("${path.module}/projects", "*.yaml") :
    trimsuffix(file, ".yaml") => yamldecode(file("${path.module}/projects/${file}"))
  }

  unknown = flatten([for name, each in local.projects : [for key in setsubtract(keys(each), local.inputs) : "${key} (${name}.yaml)"]])
}

module "fleet" {
  source   = "../.."
  for_each = local.projects

  project = merge(
    { create = true, parent = var.parent },
    each.value.project,
    { labels = merge({ fleet = "chat" }, try(each.value.project.labels, {})) },
  )
  billing             = { account = var.billing_account }
  services            = try(each.value.services, null)
  identity            = try(each.value.identity, null)
  iam_members         = try(each.value.iam_members, null)
  ci                  = try(each.value.ci, null)
  model               = try(each.value.model, null)
  budget              = try(each.value.budget, null)
  organization_policy = try(each.value.organization_policy, null)
  endpoint            = try(each.value.endpoint, null)
}

output "smoke_test_commands" {
  description = "What to run next, by project."
  value       = { for name, each in module.fleet : name => each.smoke_test_command }

  # What is misspelled would be left out without a word.
  precondition {
    condition     = length(local.unknown) == 0
    error_message = "Unknown in projects/: ${join(", ", local.unknown)}. Known are ${join(", ", local.inputs)}."
  }
}
