"""The Web API's methods, one module a family; `METHODS` is all of them by name."""

from bot.sandbox.slack.methods import apps, attached, chat, conversations, files, people, views
from bot.sandbox.slack.methods.registry import Call, Method, need_scope

METHODS: dict[str, Method] = {
    method.name: method
    for module in (apps, attached, chat, conversations, files, people, views)
    for method in module.METHODS
}

__all__ = ["METHODS", "Call", "Method", "need_scope"]
