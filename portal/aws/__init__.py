"""Facts about AWS that need no account and no network. Each data file names its source, the source's version and date.

``python -m portal.aws.make_facts`` writes the data files anew.
"""
