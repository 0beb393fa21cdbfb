"""app-config: Backstage's configuration, one complete file per stack. A pure function of release and settings."""
