# A model of one's own from Model Garden, on machines that cost by the hour. Off unless asked for.

locals {
  endpoint_quota = try(var.endpoint.quota, null)

  # What is granted where it is deployed; -1 is no limit.
  # https://docs.cloud.google.com/docs/quotas/reference/rest/v1/projects.locations.services.quotaInfos
  endpoint_granted = flatten([
    for quota in data.google_cloud_quotas_quota_info.endpoint : [
      for each in quota.dimensions_infos : tonumber(each.details[0].value)
      if contains(each.applicable_locations, var.endpoint.location)
    ]
  ])
}

data "google_cloud_quotas_quota_info" "endpoint" {
  count = local.endpoint_quota == null ? 0 : 1

  parent   = "projects/${local.project_id}"
  service  = "aiplatform.googleapis.com"
  quota_id = local.endpoint_quota.id

  depends_on = [google_project_service.this]
}

resource "google_vertex_ai_endpoint_with_model_garden_deployment" "this" {
  count = var.endpoint == null ? 0 : 1

  project              = local.project_id
  location             = var.endpoint.location
  publisher_model_name = var.endpoint.model

  model_config {
    accept_eula = var.endpoint.accept_eula
  }

  endpoint_config {
    endpoint_display_name = coalesce(var.endpoint.display_name, "${var.project.id}-model")
    # A dedicated host name: chat streams, and answers may take up to an hour.
    dedicated_endpoint_enabled = true
  }

  dynamic "deploy_config" {
    for_each = var.endpoint.machine == null ? [] : [var.endpoint.machine]

    content {
      dedicated_resources {
        min_replica_count = deploy_config.value.min_replicas
        max_replica_count = deploy_config.value.max_replicas
        spot              = deploy_config.value.spot

        machine_spec {
          machine_type      = deploy_config.value.type
          accelerator_type  = deploy_config.value.accelerator_type
          accelerator_count = deploy_config.value.accelerator_count
        }
      }
    }
  }

  # Without quota for the machine the provider repeats the request until this is over, saying "Still creating" all the
  # while; its own default is three hours.
  timeouts {
    create = var.endpoint.create_timeout
  }

  lifecycle {
    precondition {
      condition     = local.endpoint_quota == null || anytrue([for granted in local.endpoint_granted : granted == -1 || granted >= try(local.endpoint_quota.amount, 0)])
      error_message = "Of the quota ${try(local.endpoint_quota.id, "")} ${var.project.id} has ${coalesce(join(", ", local.endpoint_granted), "none")} in ${var.endpoint.location}, and the deployment takes ${try(local.endpoint_quota.amount, 0)}. Ask for more (https://console.cloud.google.com/iam-admin/quotas), or deploy it elsewhere."
    }
  }

  # A service that was just enabled refuses calls for some minutes: the deployment begins last.
  depends_on = [
    google_project_service.this,
    google_project_iam_member.runtime,
    google_project_iam_member.ci,
    google_iam_workload_identity_pool_provider.ci,
    google_org_policy_policy.allowed_models,
    google_billing_budget.this,
  ]
}
