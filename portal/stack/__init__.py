"""One resolved stack: its settings, plugins, sources, secrets, connections and outbound hosts."""
