"""What arrived: takes requests, hands accepted events to the stream."""
