"""App Engine v1: the application of a project is there; nothing is deployed to it."""
