# What the module refuses before anything is asked. No provider is called.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012", billing_account = "" }
  }
}

variables {
  project = { id = "my-team-chat" }
}

run "a_project_is_named_by_its_id" {
  command = plan
  variables {
    project = { id = "My Team Chat" }
  }
  expect_failures = [var.project]
}

run "a_parent_is_an_organization_or_a_folder" {
  command = plan
  variables {
    project = { id = "my-team-chat", create = true, parent = "123456789012" }
  }
  expect_failures = [var.project]
}

run "labels_are_lower_case" {
  command = plan
  variables {
    project = { id = "my-team-chat", labels = { Team = "Chat" } }
  }
  expect_failures = [var.project]
}

run "a_display_name_has_four_letters" {
  command = plan
  variables {
    project = { id = "my-team-chat", create = true, display_name = "abc" }
  }
  expect_failures = [var.project]
}

run "a_deletion_policy_is_one_of_three" {
  command = plan
  variables {
    project = { id = "my-team-chat", deletion_policy = "KEEP" }
  }
  expect_failures = [var.project]
}

run "a_billing_account_is_named_by_its_id" {
  command = plan
  variables {
    billing = { account = "my-billing" }
  }
  expect_failures = [var.billing]
}

run "a_service_is_named_in_full" {
  command = plan
  variables {
    services = ["aiplatform"]
  }
  expect_failures = [var.services]
}

run "a_runtime_account_is_an_id_and_no_address" {
  command = plan
  variables {
    identity = { service_account = "chat@my-team-chat.iam.gserviceaccount.com" }
  }
  expect_failures = [var.identity]
}

run "an_application_is_no_editor" {
  command = plan
  variables {
    identity = { service_account = "chat-runtime", roles = ["roles/editor"] }
  }
  expect_failures = [var.identity]
}

run "ci_without_a_repository_would_let_everyone_in" {
  command = plan
  variables {
    ci = { provider = "github" }
  }
  expect_failures = [var.ci]
}

run "a_ci_provider_is_one_of_three" {
  command = plan
  variables {
    ci = { provider = "jenkins", repository = "my-team/chat" }
  }
  expect_failures = [var.ci]
}

run "a_repository_is_not_an_address" {
  command = plan
  variables {
    ci = { provider = "github", repository = "https://github.com/my-team/chat" }
  }
  expect_failures = [var.ci]
}

run "a_condition_cannot_be_broken_out_of" {
  command = plan
  variables {
    ci = { provider = "github", repository = "my-team/chat' || 'a' == 'a" }
  }
  expect_failures = [var.ci]
}

run "a_repository_of_github_has_an_owner_and_a_name" {
  command = plan
  variables {
    ci = { provider = "github", repository = "my-team/sub/chat" }
  }
  expect_failures = [var.ci]
}

run "cloud_build_has_nothing_to_pin" {
  command = plan
  variables {
    ci = { provider = "cloud-build", branch = "main" }
  }
  expect_failures = [var.ci]
}

run "keys_are_public_ones" {
  command = plan
  variables {
    ci = { provider = "gitlab", repository = "group/chat", jwks = "{\"keys\": [{\"kty\": \"RSA\", \"d\": \"secret\"}]}" }
  }
  expect_failures = [var.ci]
}

run "keys_are_json" {
  command = plan
  variables {
    ci = { provider = "gitlab", repository = "group/chat", jwks = "jwks.json" }
  }
  expect_failures = [var.ci]
}

run "a_channel_is_named_in_full" {
  command = plan
  variables {
    billing = { account = "000000-AAAAAA-111111" }
    budget  = { amount = 500, notification_channels = ["ops@example.com"] }
  }
  expect_failures = [var.budget]
}

run "a_branch_has_no_prefix" {
  command = plan
  variables {
    ci = { provider = "github", repository = "my-team/chat", branch = "refs/heads/main" }
  }
  expect_failures = [var.ci]
}

run "a_branch_cannot_break_out_either" {
  command = plan
  variables {
    ci = { provider = "github", repository = "my-team/chat", branch = "main' || 'a' == 'a" }
  }
  expect_failures = [var.ci]
}

run "a_repository_id_is_a_number" {
  command = plan
  variables {
    ci = { provider = "github", repository = "my-team/chat", repository_id = "my-team/chat" }
  }
  expect_failures = [var.ci]
}

run "a_pipeline_is_no_owner" {
  command = plan
  variables {
    ci = { provider = "github", repository = "my-team/chat", roles = ["roles/owner"] }
  }
  expect_failures = [var.ci]
}

run "pipelines_and_application_are_two" {
  command = plan
  variables {
    identity = { service_account = "chat-runtime" }
    ci       = { provider = "github", repository = "my-team/chat", service_account = "chat-runtime" }
  }
  expect_failures = [var.ci]
}

run "a_pool_is_not_googles" {
  command = plan
  variables {
    ci = { provider = "github", repository = "my-team/chat", pool = "gcp-pool" }
  }
  expect_failures = [var.ci]
}

run "everyone_gets_nothing" {
  command = plan
  variables {
    iam_members = { all = { role = "roles/viewer", member = "allUsers" } }
  }
  expect_failures = [var.iam_members]
}

run "no_one_is_made_owner" {
  command = plan
  variables {
    iam_members = { ann = { role = "roles/owner", member = "user:ann@example.com" } }
  }
  expect_failures = [var.iam_members]
}

run "a_budget_belongs_to_an_account" {
  command = plan
  variables {
    budget = { amount = 100 }
  }
  expect_failures = [var.budget]
}

run "a_threshold_is_a_share" {
  command = plan
  variables {
    billing = { account = "000000-AAAAAA-111111" }
    budget  = { amount = 100, thresholds = [90] }
  }
  expect_failures = [var.budget]
}

run "a_currency_is_a_code" {
  command = plan
  variables {
    billing = { account = "000000-AAAAAA-111111" }
    budget  = { amount = 100, currency = "euro" }
  }
  expect_failures = [var.budget]
}

run "an_allowed_model_names_its_action" {
  command = plan
  variables {
    organization_policy = { allowed_models = ["openai/gpt-oss-120b-maas"] }
  }
  expect_failures = [var.organization_policy]
}

run "to_allow_nothing_is_not_to_say_nothing" {
  command = plan
  variables {
    organization_policy = { allowed_models = [] }
  }
  expect_failures = [var.organization_policy]
}

run "a_model_has_a_publisher" {
  command = plan
  variables {
    model = { id = "gpt-oss-120b-maas" }
  }
  expect_failures = [var.model]
}

run "a_model_of_ones_own_runs_in_a_region" {
  command = plan
  variables {
    endpoint = { location = "global" }
  }
  expect_failures = [var.endpoint]
}

run "an_accelerator_has_a_count" {
  command = plan
  variables {
    endpoint = { machine = { type = "a3-highgpu-1g", accelerator_type = "NVIDIA_H100_80GB" } }
  }
  expect_failures = [var.endpoint]
}

run "replicas_do_not_shrink_as_they_grow" {
  command = plan
  variables {
    endpoint = { machine = { type = "a3-highgpu-1g", min_replicas = 2, max_replicas = 1 } }
  }
  expect_failures = [var.endpoint]
}

run "a_wrong_location_is_warned_of" {
  command = plan
  variables {
    model = { location = "europe-west4" }
  }
  expect_failures = [check.model_location]
}

run "a_model_that_its_own_policy_forbids_is_warned_of" {
  command = plan
  variables {
    organization_policy = { allowed_models = ["publishers/google/models/gemini-3.5-flash:predict"] }
  }
  expect_failures = [check.allowed_models]
}

run "a_new_project_that_no_one_pays_for_is_warned_of" {
  command = plan
  variables {
    project = { id = "my-team-chat", create = true, parent = "organizations/42" }
  }
  expect_failures = [check.billing_is_linked]
}
