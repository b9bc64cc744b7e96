"""Where text comes from: the Completer protocol and, for now, recorded completions."""
