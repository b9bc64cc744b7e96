"""Where text comes from: the Completer protocol, and the recordings behind it."""
