"""Vertex AI as the sandbox serves it: locations, endpoints, publisher models, chat completions."""
