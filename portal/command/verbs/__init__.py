"""Each module in this folder is a verb of ``portal`` with the same name. No other list of verbs exists.

The first line of its docstring is its line in ``portal --help``, and its ``verb`` is the command. Only the table that
runs them imports them: what two verbs need stands in a package that comes before ``command``.
"""
