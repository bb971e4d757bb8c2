# Pipelines that call Google Cloud without a key: their own tokens are exchanged, and only one repository's count.
# https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines

locals {
  ci_services = {
    github      = ["iamcredentials.googleapis.com", "sts.googleapis.com"]
    gitlab      = ["iamcredentials.googleapis.com", "sts.googleapis.com"]
    cloud-build = ["cloudbuild.googleapis.com"]
  }

  # Cloud Build runs inside Google Cloud as the service account itself: there is no token to exchange.
  ci_federated = try(contains(["github", "gitlab"], var.ci.provider), false)

  # A build that runs as an account of one's own writes its logs as that.
  # https://docs.cloud.google.com/build/docs/securing-builds/configure-user-specified-service-accounts
  ci_roles = var.ci == null ? [] : setunion(var.ci.roles, var.ci.provider == "cloud-build" ? ["roles/logging.logWriter"] : [])

  # What each calls the same thing in its tokens.
  # https://docs.github.com/actions/concepts/security/openid-connect
  # https://docs.gitlab.com/ci/secrets/id_token_authentication/
  ci_claims = {
    github = {
      issuer        = "https://token.actions.githubusercontent.com"
      repository    = "repository"
      repository_id = "repository_id"
      owner_id      = "repository_owner_id"
      branch        = "assertion.ref == 'refs/heads/%s'"
    }
    gitlab = {
      issuer        = "https://gitlab.com"
      repository    = "project_path"
      repository_id = "project_id"
      owner_id      = "namespace_id"
      branch        = "assertion.ref == '%s' && assertion.ref_type == 'branch'"
    }
  }
  ci_claim = local.ci_federated ? local.ci_claims[var.ci.provider] : local.ci_claims.github

  # What the service account's policy trusts, behind the pool.
  ci_attribute = (
    var.ci == null ? "" :
    var.ci.repository_id != null ? "attribute.repository_id/${var.ci.repository_id}" :
    "attribute.repository/${coalesce(var.ci.repository, "-")}"
  )

  # The number of a repository never goes to anyone else, its name can: where the number is given, it is pinned.
  ci_condition = var.ci == null ? "" : join(" && ", compact([
    var.ci.repository_id == null ? "assertion.${local.ci_claim.repository} == '${coalesce(var.ci.repository, "-")}'" : "assertion.${local.ci_claim.repository_id} == '${var.ci.repository_id}'",
    var.ci.owner_id == null ? "" : "assertion.${local.ci_claim.owner_id} == '${var.ci.owner_id}'",
    var.ci.branch == null ? "" : format(local.ci_claim.branch, var.ci.branch),
  ]))
}

resource "google_service_account" "ci" {
  count = var.ci == null ? 0 : 1

  project      = local.project_id
  account_id   = var.ci.service_account
  display_name = substr("Pipelines of ${var.ci.repository == null ? var.project.id : var.ci.repository}", 0, 100)
  description  = "Made by provision for this project."

  depends_on = [google_project_service.this]
}

resource "google_project_iam_member" "ci" {
  for_each = toset(local.ci_roles)

  project = local.project_id
  role    = each.value
  member  = google_service_account.ci[0].member
}

resource "google_iam_workload_identity_pool" "ci" {
  count = local.ci_federated ? 1 : 0

  project                   = local.project_id
  workload_identity_pool_id = var.ci.pool
  display_name              = "Pipelines"
  description               = "Made by provision."

  depends_on = [google_project_service.this]
}

resource "google_iam_workload_identity_pool_provider" "ci" {
  count = local.ci_federated ? 1 : 0

  project                            = local.project_id
  workload_identity_pool_id          = google_iam_workload_identity_pool.ci[0].workload_identity_pool_id
  workload_identity_pool_provider_id = coalesce(var.ci.pool_provider, var.ci.provider)
  display_name                       = var.ci.provider
  description                        = "Made by provision."
  attribute_condition                = local.ci_condition

  # The token's own subject holds path and branch, and one of more than 127 bytes is refused. The number is not longer.
  attribute_mapping = merge(
    { for name, expression in var.ci.attributes : "attribute.${name}" => expression },
    {
      "google.subject"          = "assertion.${local.ci_claim.repository_id}"
      "attribute.repository"    = "assertion.${local.ci_claim.repository}"
      "attribute.repository_id" = "assertion.${local.ci_claim.repository_id}"
    }
  )

  oidc {
    issuer_uri = coalesce(var.ci.issuer, local.ci_claim.issuer)
    jwks_json  = var.ci.jwks
  }
}

# Who came in and is of this repository becomes the service account: another provider of the pool changes nothing.
resource "google_service_account_iam_member" "ci" {
  count = local.ci_federated ? 1 : 0

  service_account_id = google_service_account.ci[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci[0].name}/${local.ci_attribute}"
}
