"""What people are asked: the evidence that the reports of past editions hold, and the answers of cities."""
