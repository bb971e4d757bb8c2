# The project and who pays for it.

locals {
  # Known at plan time, so that addresses made of it are too; what needs the project to exist depends on it by number.
  project_id     = var.project.id
  project_number = var.project.create ? google_project.this[0].number : data.google_project.this[0].number

  billing_account = var.billing.account == null ? null : trimprefix(var.billing.account, "billingAccounts/")
  parent          = var.project.parent == null ? ["", ""] : split("/", var.project.parent)
}

# No default network: the provider could only delete one after it enabled Compute Engine, which nothing here needs; until
# someone enables that there is none, and the organization policy compute.skipDefaultNetworkCreation keeps it so.
# No audit configuration: it is authoritative for a service in the whole project, and costs by the log; it belongs to
# whoever looks after the project's logs, mostly in the organization.
# trivy:ignore:AVD-GCP-0010 (no default network, see above) trivy:ignore:AVD-GCP-0079 (no audit configuration, see above)
resource "google_project" "this" {
  # checkov:skip=CKV_GCP_27:the provider could only delete the default network after enabling Compute Engine, see above
  # checkov:skip=CKV2_GCP_5:an audit configuration is authoritative for the whole project and costs by the log, see above
  count = var.project.create ? 1 : 0

  project_id      = var.project.id
  name            = coalesce(var.project.display_name, var.project.id)
  org_id          = local.parent[0] == "organizations" ? local.parent[1] : null
  folder_id       = local.parent[0] == "folders" ? local.parent[1] : null
  billing_account = local.billing_account
  labels          = var.project.labels
  deletion_policy = var.project.deletion_policy
}

data "google_project" "this" {
  count = var.project.create ? 0 : 1

  project_id = var.project.id
}

# Who pays for a project made here, looked at once more: the provider compares the link only where there is one, so that
# an account that was unlinked elsewhere would never show.
data "google_project" "linked" {
  count = var.project.create && var.billing.account != null ? 1 : 0

  project_id = var.project.id

  depends_on = [google_project.this]
}

# A project that this module creates is linked as it is created.
resource "google_billing_project_info" "this" {
  count = !var.project.create && var.billing.account != null ? 1 : 0

  project         = data.google_project.this[0].project_id
  billing_account = local.billing_account

  # Others may depend on a project that was there before.
  deletion_policy = var.billing.unlink_on_destroy ? "DELETE" : "ABANDON"

  lifecycle {
    precondition {
      condition     = var.billing.relink || try(contains(["", local.billing_account], data.google_project.this[0].billing_account), true)
      error_message = "${var.project.id} is paid by another billing account. Set billing.relink = true to change who pays, or leave billing.account out."
    }
  }
}
