"""django CMS plugins for slots and variants: the only code that imports django CMS."""
