"""Runbooks for people: a tree in the terminal, a graph, and a paper for the day nothing else answers."""
