"""Writes `gcp_emulator/apis/*.json`, what Google's documents and protos say of the methods that the emulator knows."""
