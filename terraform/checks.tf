# What a plan can see coming. A check warns and never stops.
#
# That the billing account is open is not looked at here: a data source inside a check is read again by every apply, so no
# plan would ever be empty. A closed account shows when the first service that costs money is enabled.

check "model_location" {
  assert {
    condition     = var.model.id != "openai/gpt-oss-120b-maas" || var.model.location == "global"
    error_message = "openai/gpt-oss-120b-maas is documented at global only, not at ${var.model.location}. Set model.location = \"global\"."
  }
}

check "allowed_models" {
  assert {
    condition     = var.organization_policy == null || length(regexall("-maas$", var.model.id)) == 0 || contains(try(var.organization_policy.allowed_models, []), local.model_as_allowed)
    error_message = "${var.model.id} is not among organization_policy.allowed_models, so the smoke test will be refused. Add \"${local.model_as_allowed}\"."
  }
}

check "billing_is_linked" {
  assert {
    condition     = !var.project.create || var.billing.account != null || !contains(local.services, "aiplatform.googleapis.com")
    error_message = "No one pays for the new project ${var.project.id}, so enabling Vertex AI will be refused. Set billing.account; `gcloud billing accounts list` shows those you can use."
  }
}

check "billing_stays_linked" {
  assert {
    condition     = alltrue([for project in data.google_project.linked : project.billing_account == local.billing_account])
    error_message = "Billing account ${coalesce(local.billing_account, "-")} is no longer linked to ${var.project.id}, so what costs money is refused. Terraform will not link it again: `gcloud billing projects link ${var.project.id} --billing-account=${coalesce(local.billing_account, "-")}`."
  }
}
