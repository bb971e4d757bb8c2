"""What the people who will call the model are given: an environment, a token, and programs to start from."""
