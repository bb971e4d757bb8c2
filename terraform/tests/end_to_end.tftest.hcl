# Everything at once in a sandbox: made, unchanged by a second look, changed, and taken away at the end.
#
#   provision sandbox run --seed-file tests/seed.yaml -- terraform test -filter=tests/end_to_end.tftest.hcl

provider "google" {}

variables {
  project = {
    id              = "my-team-chat"
    create          = true
    parent          = "organizations/100000000001"
    labels          = { team = "chat" }
    deletion_policy = "DELETE"
  }
  billing  = { account = "0A1B2C-3D4E5F-678901" }
  identity = { service_account = "chat-runtime" }
  ci       = { provider = "github", repository = "my-team/chat", branch = "main" }
  budget   = { amount = 500 }
  organization_policy = {
    allowed_models = ["publishers/openai/models/gpt-oss-120b-maas:predict", "publishers/openai/models/gpt-oss:deploy"]
  }
  iam_members = {
    ann = { role = "roles/viewer", member = "user:ann@terraform.example.com" }
  }
}

run "everything_is_made" {
  assert {
    condition     = can(regex("^[0-9]+$", output.project_number))
    error_message = "The project has a number."
  }
  assert {
    condition     = output.workload_identity_provider == "projects/${output.project_number}/locations/global/workloadIdentityPools/provision-ci/providers/github"
    error_message = "The provider's name as pipelines need it."
  }
  assert {
    condition     = output.runtime_service_account == "chat-runtime@my-team-chat.iam.gserviceaccount.com" && output.ci_service_account == "provision-ci@my-team-chat.iam.gserviceaccount.com"
    error_message = "Two accounts, with their addresses."
  }
  assert {
    condition     = startswith(output.budget, "billingAccounts/0A1B2C-3D4E5F-678901/budgets/")
    error_message = "The budget is the account's."
  }
}

run "a_second_look_changes_nothing" {
  command = plan

  assert {
    condition     = output.project_number == run.everything_is_made.project_number
    error_message = "It is the same project."
  }
}

run "a_change_is_made_in_place" {
  variables {
    budget = { amount = 800, thresholds = [0.25, 1] }
    ci     = { provider = "github", repository = "my-team/chat" }
  }
  assert {
    condition     = output.budget == run.everything_is_made.budget && output.workload_identity_provider == run.everything_is_made.workload_identity_provider
    error_message = "Nothing was replaced."
  }
  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "800"
    error_message = "The budget is the new one."
  }
}
