"""Access Context Manager v1: access policies, levels and perimeters are there; no call is held to them."""
