# The services that are enabled, and the addresses that come with them.

locals {
  services = setunion(
    var.services,
    var.identity == null && var.ci == null ? [] : ["iam.googleapis.com"],
    var.ci == null ? [] : local.ci_services[var.ci.provider],
    var.endpoint == null ? [] : ["aiplatform.googleapis.com"],
    local.endpoint_quota == null ? [] : ["cloudquotas.googleapis.com"],
  )

  # The resource that asks for this address (google_project_service_identity) is only in google-beta; the address
  # itself is documented: https://cloud.google.com/iam/docs/service-agents
  vertex_ai_service_agent = "service-${local.project_number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
}

resource "google_project_service" "this" {
  for_each = local.services

  project = local.project_id
  service = each.value

  # It stays enabled on destroy: others may rely on a service that was on before, or came to be used since. Since 7.0 the
  # provider does so where disable_on_destroy is not set; said as false, each imported service would show as a change.
  disable_on_destroy = null

  # Enabling what costs money is refused until someone pays; and the project must be there.
  depends_on = [google_project.this, data.google_project.this, google_billing_project_info.this]
}

# Made last and so destroyed first: with deletion_policy = "PREVENT" it stops a destroy of a project that was made here
# while everything is still there. The project itself would refuse only after all else is gone. Nothing happens to the
# service, without which none of the others could be looked at: it stays enabled.
resource "google_project_service" "guard" {
  count = var.project.create ? 1 : 0

  project            = local.project_id
  service            = "serviceusage.googleapis.com"
  disable_on_destroy = null
  deletion_policy    = var.project.deletion_policy

  depends_on = [
    google_project_service.this,
    google_project_iam_member.runtime,
    google_project_iam_member.this,
    google_project_iam_member.ci,
    google_service_account_iam_member.ci,
    google_iam_workload_identity_pool_provider.ci,
    google_org_policy_policy.allowed_models,
    google_billing_budget.this,
    google_vertex_ai_endpoint_with_model_garden_deployment.this,
  ]
}
