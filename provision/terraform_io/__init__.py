"""The same project for Terraform: the input of the module, what its outputs say, and what it imports."""
