"""The metadata server of a virtual machine in the ready project."""
