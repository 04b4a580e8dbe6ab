"""What things are: records, identities, times, errors. No I/O, no AWS, no user interface."""
