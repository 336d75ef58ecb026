"""Operator-owned YAML and templates, read into the domain with file and line for every mistake."""
