"""One stack, resolved: its settings, plugins, sources, secrets, connections and outbound hosts."""
