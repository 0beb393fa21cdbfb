"""app-config: Backstage's configuration, one complete file per stack, a pure function of release and settings."""
