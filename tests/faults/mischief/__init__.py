"""An app of the site under fault: its processes raise, die, and have wrong clocks when asked to."""
