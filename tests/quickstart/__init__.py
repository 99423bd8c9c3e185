"""The README's quickstarts, followed to the letter in a new virtual environment."""
