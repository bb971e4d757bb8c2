# Who the application runs as, and who else may do what. Everything is additive: nothing that others granted is taken.

resource "google_service_account" "runtime" {
  count = var.identity == null ? 0 : 1

  project      = local.project_id
  account_id   = var.identity.service_account
  display_name = var.identity.display_name
  description  = "Made by provision for this project."

  depends_on = [google_project_service.this]
}

resource "google_project_iam_member" "runtime" {
  for_each = toset(var.identity == null ? [] : var.identity.roles)

  project = local.project_id
  role    = each.value
  member  = google_service_account.runtime[0].member
}

resource "google_project_iam_member" "this" {
  for_each = var.iam_members

  project = local.project_id
  role    = each.value.role
  member  = each.value.member

  dynamic "condition" {
    for_each = each.value.condition == null ? [] : [each.value.condition]

    content {
      title       = condition.value.title
      description = condition.value.description
      expression  = condition.value.expression
    }
  }

  depends_on = [google_project_service.this]
}
