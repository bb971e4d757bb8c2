"""Take a Google Cloud project from nothing to a first chat answer on Vertex AI, and prove it."""

__version__ = "0.1.0"
