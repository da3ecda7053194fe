"""The machinery of procedures: no article and no legal number in it. It receives a rule book and never looks for
one.
"""
