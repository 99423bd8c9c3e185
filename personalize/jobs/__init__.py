"""Long jobs: takes what somebody asked for in the admin, hands it to a worker, and minds it."""
