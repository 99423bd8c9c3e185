"""How events travel: takes accepted events from `collect`, hands ordered batches to the pipeline."""
