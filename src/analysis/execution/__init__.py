"""Making the notebooks: which runs there are, what is stale and why, and executing them with papermill."""
