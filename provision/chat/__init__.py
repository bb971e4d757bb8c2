"""Ask the model, and let other programs ask it."""
