"""What is made of the executed chapters."""
