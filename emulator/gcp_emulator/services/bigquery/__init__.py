"""BigQuery v2: datasets and a project's service agent are there; no data is kept."""
