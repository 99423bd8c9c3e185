"""How events travel: takes accepted events from `collect`, hands batches to the pipeline."""
