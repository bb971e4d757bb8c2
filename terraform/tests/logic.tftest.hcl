# What follows from the inputs. No provider is called: what Google would answer is made up.

mock_provider "google" {
  mock_resource "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_project" {
    defaults = { number = "123456789012", billing_account = "" }
  }
  override_data {
    target = data.google_project.linked
    values = { billing_account = "000000-AAAAAA-111111" }
  }
  mock_data "google_cloud_quotas_quota_info" {
    defaults = {
      dimensions_infos = [{
        applicable_locations = ["us-central1"]
        details              = [{ value = "4" }]
        dimensions           = { region = "us-central1" }
      }]
    }
  }
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/my-team-chat/serviceAccounts/someone@my-team-chat.iam.gserviceaccount.com"
      email  = "someone@my-team-chat.iam.gserviceaccount.com"
      member = "serviceAccount:someone@my-team-chat.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/123456789012/locations/global/workloadIdentityPools/provision-ci" }
  }
}

variables {
  project = { id = "my-team-chat" }
}

run "little_asked_little_done" {
  assert {
    condition     = length(google_project.this) == 0 && length(google_project_service.guard) == 0 && length(google_billing_project_info.this) == 0 && length(google_service_account.runtime) == 0 && length(google_billing_budget.this) == 0 && length(google_org_policy_policy.allowed_models) == 0
    error_message = "A project that is there, and nothing asked for: only services are enabled."
  }
  assert {
    condition     = output.services == tolist(["aiplatform.googleapis.com", "cloudbilling.googleapis.com", "cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"])
    error_message = "The four services, and no more."
  }
  assert {
    condition     = alltrue([for each in google_project_service.this : each.disable_on_destroy != true])
    error_message = "No service goes with the module."
  }
  assert {
    condition     = length(google_vertex_ai_endpoint_with_model_garden_deployment.this) == 0
    error_message = "A model of one's own costs by the hour: off unless asked for."
  }
  assert {
    condition     = output.openai_base_url == "https://aiplatform.googleapis.com/v1/projects/my-team-chat/locations/global/endpoints/openapi"
    error_message = "No region is before the host of global."
  }
  assert {
    condition     = output.vertex_ai_service_agent == "service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com"
    error_message = "The service agent's address is made of the number."
  }
  assert {
    condition     = output.workload_identity_provider == null && output.ci_service_account == null && output.runtime_service_account == null && output.endpoint == null && output.budget == null
    error_message = "What was not asked for is null."
  }
}

run "a_region_stands_before_its_host" {
  variables {
    model = { id = "google/gemini-3.5-flash", location = "europe-west4" }
  }
  assert {
    condition     = output.openai_base_url == "https://europe-west4-aiplatform.googleapis.com/v1/projects/my-team-chat/locations/europe-west4/endpoints/openapi"
    error_message = "A region's own host."
  }
  assert {
    condition     = output.smoke_test_command == "provision smoke-test --project my-team-chat --model google/gemini-3.5-flash --location europe-west4"
    error_message = "The command names project, model and location."
  }
}

run "a_multi_region_has_a_host_of_its_own" {
  variables {
    model = { id = "google/gemini-3.5-flash", location = "eu" }
  }
  assert {
    condition     = startswith(output.openai_base_url, "https://aiplatform.eu.rep.googleapis.com/")
    error_message = "eu and us have hosts under rep.googleapis.com."
  }
}

run "a_new_project_in_a_folder" {
  variables {
    project = { id = "my-team-chat", create = true, parent = "folders/42", labels = { team = "chat" } }
    billing = { account = "billingAccounts/000000-AAAAAA-111111" }
  }
  assert {
    condition     = google_project.this[0].folder_id == "42" && google_project.this[0].org_id == null
    error_message = "folders/42 is a folder."
  }
  assert {
    condition     = google_project.this[0].name == "my-team-chat" && google_project.this[0].billing_account == "000000-AAAAAA-111111"
    error_message = "Its name is its id, and its account is linked as it is made."
  }
  assert {
    condition     = google_project.this[0].deletion_policy == "PREVENT" && google_project.this[0].auto_create_network != false
    error_message = "It does not go by accident, and Compute Engine is not enabled to delete a network."
  }
  assert {
    condition     = length(google_billing_project_info.this) == 0 && length(data.google_project.this) == 0
    error_message = "One resource links it, not two."
  }
}

run "an_account_that_was_unlinked_elsewhere_is_told" {
  variables {
    project = { id = "my-team-chat", create = true, parent = "folders/42" }
    billing = { account = "000000-AAAAAA-111111" }
  }
  override_data {
    target = data.google_project.linked
    values = { billing_account = "" }
  }
  expect_failures = [check.billing_stays_linked]
}

run "what_is_made_here_is_guarded" {
  variables {
    project = { id = "my-team-chat", create = true, parent = "folders/42" }
    billing = { account = "000000-AAAAAA-111111" }
  }
  assert {
    condition     = google_project_service.guard[0].deletion_policy == "PREVENT" && google_project_service.guard[0].disable_on_destroy != true
    error_message = "A destroy stops at the guard, and the service stays enabled in any case."
  }
}

run "a_new_project_in_an_organization" {
  variables {
    project = { id = "my-team-chat", create = true, parent = "organizations/42", display_name = "Team chat" }
    billing = { account = "000000-AAAAAA-111111" }
  }
  assert {
    condition     = google_project.this[0].org_id == "42" && google_project.this[0].folder_id == null && google_project.this[0].name == "Team chat"
    error_message = "organizations/42 is an organization."
  }
}

run "a_project_that_was_there_keeps_its_link" {
  variables {
    billing = { account = "000000-AAAAAA-111111" }
  }
  assert {
    condition     = google_billing_project_info.this[0].deletion_policy == "ABANDON"
    error_message = "Destroy does not take the link away, unless asked to."
  }
}

run "an_account_that_pays_already_is_not_replaced" {
  command = plan
  variables {
    billing = { account = "000000-AAAAAA-111111" }
  }
  override_data {
    target = data.google_project.this
    values = { number = "123456789012", billing_account = "222222-BBBBBB-333333" }
  }
  expect_failures = [google_billing_project_info.this]
}

run "unless_it_is_asked_for" {
  command = plan
  variables {
    billing = { account = "000000-AAAAAA-111111", relink = true }
  }
  override_data {
    target = data.google_project.this
    values = { number = "123456789012", billing_account = "222222-BBBBBB-333333" }
  }
  assert {
    condition     = google_billing_project_info.this[0].billing_account == "000000-AAAAAA-111111"
    error_message = "relink says that the account may change."
  }
}

run "an_application_with_roles" {
  variables {
    identity = { service_account = "chat-runtime", roles = ["roles/aiplatform.user", "roles/logging.logWriter"] }
  }
  assert {
    condition     = toset(keys(google_project_iam_member.runtime)) == toset(["roles/aiplatform.user", "roles/logging.logWriter"])
    error_message = "Its roles, and no more."
  }
  assert {
    condition     = contains(output.services, "iam.googleapis.com")
    error_message = "Accounts need the IAM API."
  }
}

run "what_is_given_as_null_is_as_left_out" {
  command = plan
  variables {
    billing  = { account = "000000-AAAAAA-111111", relink = null, unlink_on_destroy = null }
    budget   = { amount = 5, thresholds = null, forecast_thresholds = null, notification_channels = null }
    ci       = { provider = "github", repository = "my-team/chat", roles = null, pool = null, issuer = null, jwks = null }
    identity = { service_account = "chat-runtime", roles = null, display_name = null }
  }
  assert {
    condition     = length(google_billing_budget.this[0].threshold_rules) == 3 && length(google_project_iam_member.ci) == 5
    error_message = "The defaults count."
  }
}

run "github_s_pipelines" {
  variables {
    ci = { provider = "github", repository = "my-team/chat", branch = "main" }
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].attribute_condition == "assertion.repository == 'my-team/chat' && assertion.ref == 'refs/heads/main'"
    error_message = "One repository, one branch."
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "GitHub's issuer."
  }
  assert {
    condition     = google_service_account_iam_member.ci[0].member == "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/provision-ci/attribute.repository/my-team/chat"
    error_message = "Only that repository's pipelines become the account."
  }
  assert {
    condition     = alltrue([for each in ["iamcredentials", "sts", "iam"] : contains(output.services, "${each}.googleapis.com")])
    error_message = "Exchanging tokens needs these services."
  }
}

run "a_repository_by_its_number" {
  variables {
    ci = { provider = "github", repository = "my-team/chat", repository_id = "1234", owner_id = "56" }
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].attribute_condition == "assertion.repository_id == '1234' && assertion.repository_owner_id == '56'"
    error_message = "A number never goes to someone else."
  }
  assert {
    condition     = endswith(google_service_account_iam_member.ci[0].member, "/attribute.repository_id/1234")
    error_message = "Nor is the name trusted then."
  }
}

run "gitlab_s_pipelines" {
  variables {
    ci = { provider = "gitlab", repository = "group/sub/chat", branch = "main", issuer = "https://gitlab.example.com" }
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].attribute_condition == "assertion.project_path == 'group/sub/chat' && assertion.ref == 'main' && assertion.ref_type == 'branch'"
    error_message = "A tag of the same name is no branch."
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.ci[0].oidc[0].issuer_uri == "https://gitlab.example.com"
    error_message = "A GitLab of one's own."
  }
}

run "cloud_build_exchanges_nothing" {
  variables {
    ci = { provider = "cloud-build" }
  }
  assert {
    condition     = length(google_iam_workload_identity_pool.ci) == 0 && length(google_service_account.ci) == 1 && contains(output.services, "cloudbuild.googleapis.com")
    error_message = "It runs as the account itself."
  }
  assert {
    condition     = contains(keys(google_project_iam_member.ci), "roles/logging.logWriter") && contains(keys(google_project_iam_member.ci), "roles/aiplatform.user")
    error_message = "A build that cannot write its logs fails."
  }
}

run "a_grant_under_a_condition" {
  variables {
    iam_members = {
      ann = {
        role      = "roles/viewer"
        member    = "user:ann@example.com"
        condition = { title = "this year", expression = "request.time < timestamp('2030-01-01T00:00:00Z')" }
      }
      team = { role = "roles/aiplatform.user", member = "group:chat@example.com" }
    }
  }
  assert {
    condition     = length(google_project_iam_member.this["ann"].condition) == 1 && length(google_project_iam_member.this["team"].condition) == 0
    error_message = "The condition is where it was asked for."
  }
}

run "a_budget" {
  variables {
    billing = { account = "000000-AAAAAA-111111" }
    budget  = { amount = 500, thresholds = [0.5, 1], forecast_thresholds = [1] }
  }
  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "500"
    error_message = "Units are text."
  }
  assert {
    condition     = [for rule in google_billing_budget.this[0].threshold_rules : "${rule.threshold_percent} ${rule.spend_basis}"] == ["0.5 CURRENT_SPEND", "1 CURRENT_SPEND", "1 FORECASTED_SPEND"]
    error_message = "Spent, then forecast."
  }
  assert {
    condition     = google_billing_budget.this[0].budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "Only this project, by its number."
  }
}

run "a_model_of_ones_own" {
  variables {
    endpoint = { machine = { type = "a3-highgpu-1g", accelerator_type = "NVIDIA_H100_80GB", accelerator_count = 1, max_replicas = 2 } }
  }
  assert {
    condition     = google_vertex_ai_endpoint_with_model_garden_deployment.this[0].deploy_config[0].dedicated_resources[0].max_replica_count == 2
    error_message = "As many machines as asked for."
  }
  assert {
    condition     = google_vertex_ai_endpoint_with_model_garden_deployment.this[0].publisher_model_name == "publishers/openai/models/gpt-oss@gpt-oss-120b"
    error_message = "gpt-oss-120b, unless another is named."
  }
}

run "a_machine_within_the_quota" {
  variables {
    endpoint = { quota = { id = "CustomModelServingH100GPUsPerProjectPerRegion", amount = 4 } }
  }
  assert {
    condition     = contains(output.services, "cloudquotas.googleapis.com") && length(google_vertex_ai_endpoint_with_model_garden_deployment.this) == 1
    error_message = "The quota can be looked at, and is enough."
  }
}

run "a_machine_beyond_the_quota" {
  variables {
    endpoint = { quota = { id = "CustomModelServingH100GPUsPerProjectPerRegion", amount = 8 } }
  }
  command         = plan
  expect_failures = [google_vertex_ai_endpoint_with_model_garden_deployment.this[0]]
}
