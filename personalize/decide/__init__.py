"""What a visitor should see and why: takes profile, context and plan, hands on decisions."""
