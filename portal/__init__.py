"""Everything that needs no Pulumi: files, models, catalogue, composer, builder, app-config, checks, engines."""
