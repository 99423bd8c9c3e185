"""What the demo is filled with: content, segments, variants, and a month of simulated visitors."""
