# `provision smoke-test --from-terraform` reads these.

output "budget" {
  description = "The budget's resource name; null without one."
  value       = module.provision.budget
}

output "ci_service_account" {
  description = "The address of the service account that pipelines become; null without `ci`."
  value       = module.provision.ci_service_account
}

output "endpoint" {
  description = "The self-deployed endpoint's resource name, projects/…/locations/…/endpoints/…; null without `endpoint`."
  value       = module.provision.endpoint
}

output "model" {
  description = "The model to name in a request."
  value       = module.provision.model
}

output "model_location" {
  description = "Where the model is asked."
  value       = module.provision.model_location
}

output "openai_base_url" {
  description = "What an OpenAI client takes as its base URL; its API key is a Google access token."
  value       = module.provision.openai_base_url
}

output "project_id" {
  description = "The project's id."
  value       = module.provision.project_id
}

output "project_number" {
  description = "The project's number."
  value       = module.provision.project_number
}

output "runtime_service_account" {
  description = "The address of the service account that the application runs as; null without `identity`."
  value       = module.provision.runtime_service_account
}

output "services" {
  description = "The services that are enabled."
  value       = module.provision.services
}

output "smoke_test_command" {
  description = "What to run next: one question to the model."
  value       = module.provision.smoke_test_command
}

output "vertex_ai_service_agent" {
  description = "The address of Vertex AI's service agent. Google makes it on first use: a role granted to it before is refused."
  value       = module.provision.vertex_ai_service_agent
}

output "workload_identity_provider" {
  description = "The provider's resource name, as google-github-actions/auth and GitLab's id tokens want it; null without `ci`."
  value       = module.provision.workload_identity_provider
}
