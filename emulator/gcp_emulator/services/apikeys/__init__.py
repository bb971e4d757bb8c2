"""API Keys v2: keys are made, restricted, told and deleted; Vertex AI does not take them here."""
