"""The rules as a policy pack of Pulumi's, for a plain ``pulumi up``. Not used by the ``portal`` command."""
