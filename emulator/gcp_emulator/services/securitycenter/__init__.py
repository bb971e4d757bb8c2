"""Security Command Center: mute rules, notifications and custom modules are there; there are no findings."""
