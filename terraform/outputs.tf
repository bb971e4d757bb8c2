locals {
  # https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations
  api_endpoint = (
    var.model.location == "global" ? "aiplatform.googleapis.com" :
    contains(["us", "eu"], var.model.location) ? "aiplatform.${var.model.location}.rep.googleapis.com" :
    "${var.model.location}-aiplatform.googleapis.com"
  )
  model_as_allowed = "publishers/${replace(var.model.id, "/", "/models/")}:predict"
}

output "budget" {
  description = "The budget's resource name; null without one."
  value       = one(google_billing_budget.this[*].id)
}

output "ci_service_account" {
  description = "The address of the service account that pipelines become; null without `ci`."
  value       = one(google_service_account.ci[*].email)

  # Usable once it may be impersonated, and may do something.
  depends_on = [google_service_account_iam_member.ci, google_project_iam_member.ci]
}

output "endpoint" {
  description = "The self-deployed endpoint's resource name, projects/…/locations/…/endpoints/…; null without `endpoint`."
  value       = one(google_vertex_ai_endpoint_with_model_garden_deployment.this[*].id)
}

output "model" {
  description = "The model to name in a request."
  value       = var.model.id
}

output "model_location" {
  description = "Where the model is asked."
  value       = var.model.location
}

output "openai_base_url" {
  description = "What an OpenAI client takes as its base URL; its API key is a Google access token."
  value       = "https://${local.api_endpoint}/v1/projects/${local.project_id}/locations/${var.model.location}/endpoints/openapi"

  # Nothing answers there before these.
  depends_on = [google_project_service.this, google_project_iam_member.runtime, google_org_policy_policy.allowed_models]
}

output "project_id" {
  description = "The project's id."
  value       = local.project_id

  # Usable once it is paid for and its services are on.
  depends_on = [google_project.this, google_billing_project_info.this, google_project_service.this]
}

output "project_number" {
  description = "The project's number."
  value       = local.project_number
}

output "runtime_service_account" {
  description = "The address of the service account that the application runs as; null without `identity`."
  value       = one(google_service_account.runtime[*].email)

  depends_on = [google_project_iam_member.runtime]
}

output "services" {
  description = "The services that are enabled."
  value       = sort([for service in google_project_service.this : service.service])
}

output "smoke_test_command" {
  description = "What to run next: one question to the model."
  value       = "provision smoke-test --project ${local.project_id} --model ${var.model.id} --location ${var.model.location}"

  depends_on = [google_project_service.this, google_project_iam_member.runtime, google_org_policy_policy.allowed_models]
}

output "vertex_ai_service_agent" {
  description = "The address of Vertex AI's service agent. Google makes it on first use: a role granted to it before is refused."
  value       = local.vertex_ai_service_agent
}

output "workload_identity_provider" {
  description = "The provider's resource name, as google-github-actions/auth and GitLab's id tokens want it; null without `ci`."
  value       = one(google_iam_workload_identity_pool_provider.ci[*].name)

  depends_on = [google_service_account_iam_member.ci, google_project_iam_member.ci]
}
