"""Security Token Service v1: tokens of other issuers exchanged for federated ones."""
