"""The message that asks people to set a control by hand."""

from __future__ import annotations

from bot.domain.base import Environment
from bot.slack.cards.by_hand import TaskView, by_hand_card
from bot.slack.jobs.desk import JobDesk
from bot.slack.jobs.words import NO_ROOM_YET
from bot.slack.wire import SlackRefused
from bot.usecases.by_hand import hands, task_of
from bot.usecases.ports import Again, Job


async def by_hand(desk: JobDesk, job: Job) -> Again | None:
    """Post or redraw what is asked, in its incident's channel; nothing for what was asked anew since."""
    _, environment, control_id, target, round_ = job.key.split(":", 4)
    directory = desk.ctx.content.now.directory
    async with desk.ctx.store.read() as tx:
        task = await task_of(tx, Environment(environment), control_id, target)
        control = desk.ctx.content.now.by_id.get(control_id)
        if task is None or control is None or task.round != round_ or not task.incident_id:
            return None
        incident = await tx.incidents.get(task.incident_id)
    if incident.slack is None:
        return NO_ROOM_YET
    known = {person.id: person.name for person in directory.people.values()}
    names = [person.name for person in directory.holders(hands(desk.ctx, control))]
    view = TaskView(task, control, known.get(task.set_by or "", ""), known.get(task.seen_by or "", ""), names)
    try:
        await desk.publisher.put(job.key, incident.slack.channel, by_hand_card(view))
    except SlackRefused as refused:
        await desk.lost(incident, refused)
    return None
