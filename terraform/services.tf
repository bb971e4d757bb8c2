# The services that are enabled, and the addresses that come with them.

locals {
  services = setunion(
    var.services,
    var.identity == null && var.ci == null ? [] : ["iam.googleapis.com"],
    var.ci == null ? [] : local.ci_services[var.ci.provider],
    var.endpoint == null ? [] : ["aiplatform.googleapis.com"],
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
