"""What a visitor should see and why: takes profile, context and the plan, hands decisions to `render`."""
