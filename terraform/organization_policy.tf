# Which models may be used in the project. Calls for every other Model Garden model are refused.
# https://docs.cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints

resource "google_org_policy_policy" "allowed_models" {
  count = var.organization_policy == null ? 0 : 1

  parent = "projects/${local.project_id}"
  name   = "projects/${local.project_id}/policies/vertexai.allowedModels"

  spec {
    rules {
      values {
        allowed_values = sort(var.organization_policy.allowed_models)
      }
    }
  }

  depends_on = [google_project_service.this]
}
