"""What we believe of it: takes events from the stream, hands trustworthy ones to the profile."""
