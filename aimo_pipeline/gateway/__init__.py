"""Between the competition's loop and the pipeline: problems in, one-row frames out."""
