"""Essential Contacts v1: who is told of what, at each level; nothing is ever sent."""
