"""Cloud Monitoring v3, as far as gcloud asks it how much of a quota is used."""
