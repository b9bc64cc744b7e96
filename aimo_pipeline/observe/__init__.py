"""Events and the journal that everything afterwards reads."""
