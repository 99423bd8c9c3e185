"""Fill the reference site: content, segments, variants, and a month of simulated visitors."""
