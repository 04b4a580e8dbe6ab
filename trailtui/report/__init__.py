"""The report, the bundle, and the verification of a bundle."""
