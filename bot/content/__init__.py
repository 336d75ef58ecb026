"""Operator-owned YAML and templates, read into the domain with file and line for every mistake."""

from bot.content.loader import check, load
from bot.content.problems import ContentErrors, MissingVariable
from bot.content.texts import Texts

__all__ = ["ContentErrors", "MissingVariable", "Texts", "check", "load"]
