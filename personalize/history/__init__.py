"""5c. From the lake back to profiles: takes what took effect, hands on profiles made anew of it."""
