"""BigQuery v2, as far as it is asked for a project's service agent; no data is kept."""
