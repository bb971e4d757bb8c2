"""Cloud KMS v1: key rings, keys and their versions are there, with their policies; nothing is encrypted."""
