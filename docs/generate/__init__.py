"""The reference pages and editor schemas, generated from the models, the catalogue and the command line."""
