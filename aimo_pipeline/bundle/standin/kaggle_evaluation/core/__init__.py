"""Transport and templates."""
