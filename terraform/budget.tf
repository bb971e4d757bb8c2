# A budget tells; it stops nothing.

resource "google_billing_budget" "this" {
  count = var.budget == null ? 0 : 1

  billing_account = local.billing_account
  display_name    = coalesce(var.budget.display_name, var.project.id)

  budget_filter {
    projects = ["projects/${local.project_number}"]
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = var.budget.thresholds

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  dynamic "threshold_rules" {
    for_each = var.budget.forecast_thresholds

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "FORECASTED_SPEND"
    }
  }

  dynamic "all_updates_rule" {
    for_each = var.budget.pubsub_topic == null && length(var.budget.notification_channels) == 0 ? [] : [var.budget]

    content {
      pubsub_topic                     = all_updates_rule.value.pubsub_topic
      monitoring_notification_channels = all_updates_rule.value.notification_channels
    }
  }
}
