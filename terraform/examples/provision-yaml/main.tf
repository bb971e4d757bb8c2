# The project that provision.yaml describes: `provision terraform vars` writes terraform.tfvars.json beside this file.
# Every variable is the module's; what is left out is null here, and so the module's default.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.34, < 9"
    }
  }
}

provider "google" {
  # Without it both ways end in the same project, label for label.
  add_terraform_attribution_label = false
}

module "provision" {
  source = "../.."

  project             = var.project
  billing             = var.billing
  services            = var.services
  identity            = var.identity
  ci                  = var.ci
  iam_members         = var.iam_members
  model               = var.model
  budget              = var.budget
  organization_policy = var.organization_policy
  endpoint            = var.endpoint
}
