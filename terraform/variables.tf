variable "billing" {
  description = "Who pays. `account`: the billing account to link, such as `000000-AAAAAA-111111`. `relink`: allow a project that pays by another account to be linked to this one. `unlink_on_destroy`: remove the link on destroy from a project that existed before."
  type = object({
    account           = optional(string)
    relink            = optional(bool, false)
    unlink_on_destroy = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.billing.account == null || can(regex("^(billingAccounts/)?[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing.account))
    error_message = "A billing account id looks like 000000-AAAAAA-111111, digits and capital letters A to F. Run `gcloud billing accounts list` and copy the ACCOUNT_ID column."
  }
}

variable "budget" {
  description = "A monthly budget for the project, which tells and stops nothing; null for none. `amount`: whole units of the account's currency. `currency`: only to be sure, it must be the account's own. `thresholds`, `forecast_thresholds`: shares of the amount, 0.5 for half. `pubsub_topic`, `notification_channels`: who is told beside the account's administrators."
  type = object({
    amount                = number
    currency              = optional(string)
    display_name          = optional(string)
    thresholds            = optional(list(number), [0.5, 0.9, 1])
    forecast_thresholds   = optional(list(number), [])
    pubsub_topic          = optional(string)
    notification_channels = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.budget == null || var.billing.account != null
    error_message = "A budget belongs to a billing account: set billing.account."
  }
  validation {
    condition     = try(var.budget.amount, 1) > 0 && try(floor(var.budget.amount) == var.budget.amount, true)
    error_message = "budget.amount is a whole number above 0, in the account's currency: write 500."
  }
  validation {
    condition     = alltrue([for share in concat(try(var.budget.thresholds, []), try(var.budget.forecast_thresholds, [])) : share > 0 && share <= 10])
    error_message = "A threshold is a share of the amount: write 0.9 for 90 %."
  }
  validation {
    condition     = try(var.budget.currency, null) == null || can(regex("^[A-Z]{3}$", var.budget.currency))
    error_message = "budget.currency is a code of three capital letters, such as EUR. Leave it out to take the account's own."
  }
  validation {
    condition     = try(var.budget.pubsub_topic, null) == null || can(regex("^projects/[^/]+/topics/[^/]+$", var.budget.pubsub_topic))
    error_message = "budget.pubsub_topic is written projects/PROJECT/topics/TOPIC."
  }
  validation {
    condition     = try(length(var.budget.notification_channels), 0) <= 5 && alltrue([for channel in try(coalescelist(var.budget.notification_channels), []) : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))])
    error_message = "budget.notification_channels are at most 5, each written projects/PROJECT/notificationChannels/NUMBER. `gcloud beta monitoring channels list` names them."
  }
  validation {
    condition     = length(coalesce(try(var.budget.display_name, null), "-")) <= 60
    error_message = "budget.display_name has at most 60 characters."
  }
}

variable "ci" {
  description = "Pipelines that may call Google Cloud without a key; null for none. `provider`: github, gitlab or cloud-build. `repository`: the only one that gets access, `owner/name` or `group/project`. `repository_id`, `owner_id`: their numbers, pinned instead of names that someone else can take. `branch`: the only branch; null for all. `service_account`, `roles`: the account that pipelines act as, and what it may do; on Cloud Build it also writes its logs. `issuer`, `jwks`: for GitHub Enterprise Server or self-managed GitLab. `attributes`: further attributes to map from the token, a name and an expression such as `assertion.ref`."
  type = object({
    provider        = string
    repository      = optional(string)
    repository_id   = optional(string)
    owner_id        = optional(string)
    branch          = optional(string)
    service_account = optional(string, "provision-ci")
    roles = optional(set(string), [
      "roles/aiplatform.user",
      "roles/browser",
      "roles/iam.serviceAccountViewer",
      "roles/iam.workloadIdentityPoolViewer",
      "roles/serviceusage.serviceUsageViewer",
    ])
    pool          = optional(string, "provision-ci")
    pool_provider = optional(string)
    issuer        = optional(string)
    jwks          = optional(string)
    attributes    = optional(map(string), {})
  })
  default = null

  validation {
    condition     = contains(["github", "gitlab", "cloud-build"], try(var.ci.provider, "github"))
    error_message = "ci.provider is github, gitlab or cloud-build."
  }
  validation {
    condition     = var.ci == null || try(var.ci.provider, "") == "cloud-build" || try(can(regex("^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", var.ci.repository)), false)
    error_message = "Without ci.repository every repository there would get access. Write owner/name (GitHub) or group/project (GitLab), without host and .git."
  }
  validation {
    condition     = try(var.ci.provider, "") != "github" || length(split("/", coalesce(try(var.ci.repository, null), "owner/name"))) == 2
    error_message = "On GitHub a repository is written owner/name: no pipeline's token would ever name another."
  }
  validation {
    condition     = try(var.ci.provider, "") != "cloud-build" || alltrue([for each in ["repository_id", "owner_id", "branch", "pool_provider", "issuer", "jwks"] : try(var.ci[each], null) == null]) && length(try(var.ci.attributes, {})) == 0
    error_message = "Cloud Build exchanges no token that could be pinned: leave out ci.repository_id, owner_id, branch, pool_provider, issuer, jwks and attributes. Its trigger says which repository and branch it runs for."
  }
  validation {
    condition     = try(var.ci.branch, null) == null || can(regex("^[A-Za-z0-9_.+@-][A-Za-z0-9_./+@-]*$", var.ci.branch)) && !startswith(coalesce(try(var.ci.branch, null), "-"), "refs/")
    error_message = "ci.branch is written without refs/heads/, such as main."
  }
  validation {
    condition     = alltrue([for number in [try(var.ci.repository_id, null), try(var.ci.owner_id, null)] : number == null || can(regex("^[0-9]{1,20}$", number))])
    error_message = "ci.repository_id and ci.owner_id are numbers. GitHub: gh api repos/OWNER/NAME --jq '.id, .owner.id'."
  }
  validation {
    condition     = alltrue([for name, expression in try(var.ci.attributes, {}) : can(regex("^[a-z0-9_]{1,100}$", name)) && !contains(["repository", "repository_id"], name) && strcontains(expression, "assertion.")])
    error_message = "ci.attributes map a name (lower-case letters, digits and _, neither repository nor repository_id) to an expression on the token such as assertion.ref."
  }
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", try(var.ci.service_account, "provision-ci")))
    error_message = "ci.service_account is the part before the @: 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last."
  }
  validation {
    condition     = try(var.ci.service_account, "provision-ci") != try(var.identity.service_account, "") || var.ci == null
    error_message = "ci.service_account and identity.service_account are the same: pipelines would have all that the application may do. Give the two different ids."
  }
  validation {
    condition     = alltrue([for id in [try(var.ci.pool, null), try(var.ci.pool_provider, null)] : id == null || can(regex("^[a-z0-9-]{4,32}$", id)) && !startswith(coalesce(id, "-"), "gcp-")])
    error_message = "ci.pool and ci.pool_provider have 4 to 32 lower-case letters, digits and hyphens, and do not begin with gcp-."
  }
  validation {
    condition     = alltrue([for role in try(var.ci.roles, []) : can(regex("^((projects|organizations)/[a-z0-9.:-]+/)?roles/[A-Za-z0-9_.]{3,100}$", role)) && !contains(["roles/owner", "roles/editor"], role)])
    error_message = "ci.roles are written roles/NAME, or projects/ID/roles/NAME for a custom role. roles/owner and roles/editor give a pipeline everything: name the roles it needs."
  }
  validation {
    condition     = try(var.ci.issuer, null) == null || can(regex("^https://", var.ci.issuer))
    error_message = "ci.issuer is an https address, exactly as in the token's `iss`."
  }
  validation {
    condition     = try(var.ci.jwks, null) == null || try(length(jsondecode(var.ci.jwks).keys) > 0 && alltrue([for key in jsondecode(var.ci.jwks).keys : !can(key.d)]), false)
    error_message = "ci.jwks is a JSON Web Key Set of public keys, as text: the content of the issuer's jwks_uri. `file(\"jwks.json\")` reads it."
  }
}

variable "endpoint" {
  description = "A model to deploy from Model Garden; null for none. COSTS BY THE HOUR, day and night, from deployment to destroy, whether it is asked or not: one replica with an H100, which gpt-oss-120b needs, is in the order of 10 US dollars an hour (https://cloud.google.com/vertex-ai/pricing). `model`: `publishers/…/models/…@version`. `machine`: what it runs on, and how many; null for what Model Garden has verified. `quota`: of which quota the machines take how much, such as `{ id = \"CustomModelServingH100GPUsPerProjectPerRegion\", amount = 8 }`; then it is looked at before anything is deployed. `create_timeout`: how long the deployment may take, quota that is missing included. Every change but that of replicas replaces it."
  type = object({
    model        = optional(string, "publishers/openai/models/gpt-oss@gpt-oss-120b")
    location     = optional(string, "us-central1")
    display_name = optional(string)
    accept_eula  = optional(bool, false)
    # How long a deployment may take: half an hour is usual for a large model.
    create_timeout = optional(string, "60m")
    quota = optional(object({
      id     = string
      amount = number
    }))
    machine = optional(object({
      type              = string
      accelerator_type  = optional(string)
      accelerator_count = optional(number)
      min_replicas      = optional(number, 1)
      max_replicas      = optional(number, 1)
      spot              = optional(bool, false)
    }))
  })
  default = null

  validation {
    condition     = can(regex("^publishers/[^/]+/models/[^/]+$", try(coalesce(var.endpoint.model), "publishers/openai/models/gpt-oss@gpt-oss-120b")))
    error_message = "endpoint.model is written publishers/PUBLISHER/models/MODEL@VERSION. `gcloud ai model-garden models list` lists those that can be deployed."
  }
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", try(coalesce(var.endpoint.location), "us-central1")))
    error_message = "A deployed model runs in a region: set endpoint.location to one such as us-central1."
  }
  validation {
    condition     = try(var.endpoint.machine.min_replicas >= 1 && var.endpoint.machine.max_replicas >= var.endpoint.machine.min_replicas, true)
    error_message = "endpoint.machine.min_replicas is at least 1, and max_replicas no less."
  }
  validation {
    condition     = try(var.endpoint.quota, null) == null || can(regex("^[A-Za-z0-9-]+$", var.endpoint.quota.id)) && try(var.endpoint.quota.amount > 0, false)
    error_message = "endpoint.quota.id is a quota's id, without the service, and amount more than 0. `gcloud beta quotas info list --service=aiplatform.googleapis.com` lists the ids."
  }
  validation {
    condition     = try((var.endpoint.machine.accelerator_type == null) == (var.endpoint.machine.accelerator_count == null), true)
    error_message = "endpoint.machine.accelerator_type and accelerator_count belong together: set both or none."
  }
}

variable "iam_members" {
  description = "Further roles on the project, by a name that you choose: who (`member`) gets what (`role`), optionally under a `condition`. Added to existing bindings, never replacing them."
  type = map(object({
    role   = string
    member = string
    condition = optional(object({
      title       = string
      expression  = string
      description = optional(string)
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for grant in values(var.iam_members) : can(regex("^((projects|organizations)/[a-z0-9.:-]+/)?roles/[A-Za-z0-9_.]{3,100}$", grant.role)) && !contains(["roles/owner", "roles/editor"], grant.role)])
    error_message = "A role is written roles/NAME, or projects/ID/roles/NAME for a custom role. roles/owner and roles/editor are not least privilege: name the roles that are needed."
  }
  validation {
    condition     = alltrue([for grant in values(var.iam_members) : can(regex("^(user|group|serviceAccount|domain):[^:]+|^principal(Set)?://", grant.member))])
    error_message = "A member is written user:ADDRESS, group:ADDRESS, serviceAccount:ADDRESS, domain:NAME, principal://… or principalSet://…. allUsers would be everyone."
  }
}

variable "identity" {
  description = "The service account that the application runs as; null for none. `service_account`: its id, the part before the @. `roles`: what it gets on the project, beside what it has."
  type = object({
    service_account = string
    display_name    = optional(string, "Calls models on Vertex AI")
    roles           = optional(set(string), ["roles/aiplatform.user"])
  })
  default = null

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", try(var.identity.service_account, "chat-runtime")))
    error_message = "identity.service_account is the part before the @: 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last."
  }
  validation {
    condition     = alltrue([for role in try(var.identity.roles, []) : can(regex("^((projects|organizations)/[a-z0-9.:-]+/)?roles/[A-Za-z0-9_.]{3,100}$", role)) && !contains(["roles/owner", "roles/editor"], role)])
    error_message = "identity.roles are written roles/NAME, or projects/ID/roles/NAME for a custom role. roles/owner and roles/editor give an application everything: name the roles it needs."
  }
}

variable "model" {
  description = "The model that outputs and the smoke test speak of: `id` as publisher/model, and the `location` where it is asked."
  type = object({
    id       = optional(string, "openai/gpt-oss-120b-maas")
    location = optional(string, "global")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9-]+/[A-Za-z0-9._@-]+$", var.model.id))
    error_message = "model.id is written publisher/model, such as openai/gpt-oss-120b-maas."
  }
}

variable "organization_policy" {
  description = "Which models may be used in the project; null leaves that to the organization. `allowed_models`: values such as `publishers/openai/models/gpt-oss-120b-maas:predict`. Needs roles/orgpolicy.policyAdmin on the organization."
  type = object({
    allowed_models = set(string)
  })
  default = null

  validation {
    condition     = alltrue([for model in try(var.organization_policy.allowed_models, []) : can(regex("^publishers/[^/]+/models/[^/:]+:(predict|deploy|tune)$", model))])
    error_message = "An allowed model is written publishers/PUBLISHER/models/MODEL:predict (or :deploy, :tune)."
  }
  validation {
    condition     = var.organization_policy == null || try(length(var.organization_policy.allowed_models) >= 1 && length(var.organization_policy.allowed_models) <= 500, false)
    error_message = "Between 1 and 500 models can be allowed. To leave it to the organization, set organization_policy = null."
  }
}

variable "project" {
  description = "The project. `id`: its id. `create`: make it; false adopts one that is there. `parent`: `organizations/NUMBER` or `folders/NUMBER` of a new one. `display_name`, `labels`: of a new one. `deletion_policy`: what destroy does to a project made here: PREVENT refuses, ABANDON forgets it, DELETE deletes it."
  type = object({
    id              = string
    create          = optional(bool, false)
    parent          = optional(string)
    display_name    = optional(string)
    labels          = optional(map(string), {})
    deletion_policy = optional(string, "PREVENT")
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project.id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last. Run `gcloud projects list` and copy the PROJECT_ID column, not the name or the number."
  }
  validation {
    condition     = var.project.parent == null || can(regex("^(organizations|folders)/[0-9]+$", var.project.parent))
    error_message = "project.parent is organizations/NUMBER or folders/NUMBER. Run `gcloud organizations list` and copy the ID column."
  }
  validation {
    condition     = var.project.display_name == null || can(regex("^[A-Za-z0-9 '!\"-]{4,30}$", var.project.display_name))
    error_message = "A display name has 4 to 30 letters, digits, hyphens, quotes, spaces or exclamation marks. Choose one such as Team chat."
  }
  validation {
    condition     = length(var.project.labels) <= 64 && alltrue([for key, value in var.project.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{1,63}$", value))])
    error_message = "Labels are at most 64; keys and values hold lower-case letters, digits, _ and -, at most 63, a key begins with a letter. Write team = \"chat\"."
  }
  validation {
    condition     = contains(["PREVENT", "ABANDON", "DELETE"], var.project.deletion_policy)
    error_message = "project.deletion_policy is PREVENT, ABANDON or DELETE."
  }
}

variable "services" {
  description = "The services to enable. What `identity`, `ci` and `endpoint` need is enabled too. They stay enabled on destroy: others may rely on them."
  type        = set(string)
  # The last three are what a service account of this project needs in order to look at its own project.
  default = [
    "aiplatform.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "serviceusage.googleapis.com",
  ]
  nullable = false

  validation {
    condition     = alltrue([for service in var.services : can(regex("^[a-z][a-z0-9-]*(\\.[a-z0-9-]+)*\\.(googleapis\\.com|goog)$", service))])
    error_message = "A service name ends in .googleapis.com. Run `gcloud services list --available` and copy the NAME column."
  }
}
