"""The content now in force, with everybody whom a Slack user group entitles."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.content import Content
from bot.usecases.groups import Group, with_groups


class LoadedContent:
    """The content as written; `groups` are those of people.yaml as last read."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self.groups: Mapping[str, Group] = {}
        self._shown: tuple[Content, Mapping[str, Group], Content] | None = None

    def take(self, content: Content) -> None:
        """From now on this content, with the groups as they are."""
        self._content = content

    @property
    def now(self) -> Content:
        """Everything, compiled."""
        if not self.groups:
            return self._content
        if self._shown is None or self._shown[0] is not self._content or self._shown[1] is not self.groups:
            directory = with_groups(self._content.directory, self.groups)
            made = self._content.model_copy(update={"directory": directory})
            self._shown = self._content, self.groups, made
        return self._shown[2]
