"""The emulator's generated pages: a module each, and what they share."""
