"""What is known about a call or an address beside what the record says; offline."""
