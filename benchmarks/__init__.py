"""What trailtui is measured with: records of its own making, and what it is held against."""
