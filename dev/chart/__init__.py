"""The chart's README: its table of values is made from values.yaml and values.schema.json."""
