"""Cloud Asset v1: search and list of what the emulator itself holds."""
