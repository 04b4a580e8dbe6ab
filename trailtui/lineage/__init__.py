"""What came out of a credential and what it came from: the tree of credentials of a case."""
