"""One step of a server's life: repetition, order and loss do not matter in the end."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.common.ids import JobId
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.states import Operstate, Output
from synnefod.compute.machine.step import Life

FINAL = (JobStatus.SUCCESS, JobStatus.ERROR, JobStatus.CANCELED)
EARLIER = (JobStatus.QUEUED, JobStatus.WAITING, JobStatus.RUNNING)
CHANGES = (steps.STARTUP, steps.SHUTDOWN, steps.REBOOT, steps.SET_PARAMS)


def report(job: int, opcode: str, status: JobStatus, when: int) -> JobEvent:
    return JobEvent(
        cluster="c", instance="snf-1", job=JobId(job), opcode=opcode, status=status, when=when
    )


@st.composite
def stories(draw: st.DrawFn) -> list[JobEvent]:
    """What a cluster truly did: a creation, then jobs one after another, perhaps a removal."""
    events: list[JobEvent] = []
    outcome = draw(st.sampled_from(FINAL))
    work = [(steps.CREATE, outcome)]
    if outcome is JobStatus.SUCCESS:
        more = st.tuples(st.sampled_from(CHANGES), st.sampled_from(FINAL))
        work += draw(st.lists(more, max_size=5))
    if draw(st.booleans()):
        work.append((steps.REMOVE, draw(st.sampled_from(FINAL))))
    when = 1000
    for number, (opcode, end) in enumerate(work, 1):
        for status in (*EARLIER, end):
            when += 10
            events.append(report(number, opcode, status, when))
    return events


def live(events: list[JobEvent], life: Life) -> Life:
    for event in events:
        life = steps.apply(life, event).life
    return life


def truth(events: list[JobEvent]) -> Operstate:
    """What the cluster's own records say in the end."""
    state = Operstate.BUILD
    for event in events:
        if event.status is not JobStatus.SUCCESS:
            if event.opcode == steps.CREATE and event.status.final:
                state = Operstate.ERROR
            continue
        if event.opcode in (steps.CREATE, steps.STARTUP, steps.REBOOT):
            state = Operstate.STARTED
        elif event.opcode == steps.SHUTDOWN:
            state = Operstate.STOPPED
        elif event.opcode == steps.REMOVE:
            state = Operstate.DESTROYED
    return state


NEW = Life(Operstate.BUILD, action="BUILD", task="BUILD", task_job=1)


class Reports(SynchronousTestCase):
    @given(stories())
    def test_in_order_the_state_is_the_clusters(self, story: list[JobEvent]) -> None:
        """GNT-122, GNT-123, GNT-124."""
        self.assertIs(live(story, NEW).operstate, truth(story))

    @given(stories(), st.data())
    def test_order_and_repetition_do_not_matter(
        self, story: list[JobEvent], data: st.DataObject
    ) -> None:
        """Late, doubled and swapped reports lead to the same state, job and task (GNT-120)."""
        again = data.draw(st.lists(st.sampled_from(story), max_size=6))
        mixed = data.draw(st.permutations(story + again))
        straight, crooked = live(story, NEW), live(mixed, NEW)
        self.assertIs(crooked.operstate, straight.operstate)
        self.assertEqual(crooked.task, straight.task)
        if not straight.deleted:
            self.assertEqual((crooked.job, crooked.status), (straight.job, straight.status))

    @given(stories(), st.data())
    def test_a_report_twice_is_a_report_once(
        self, story: list[JobEvent], data: st.DataObject
    ) -> None:
        """A second time nothing changes and nothing is to be done."""
        place = data.draw(st.integers(0, len(story) - 1))
        life = live(story[: place + 1], NEW)
        again = steps.apply(life, story[place])
        self.assertEqual((again.life, again.outputs), (life, ()))

    @given(stories(), st.data())
    def test_what_was_lost_is_made_up_for(self, story: list[JobEvent], data: st.DataObject) -> None:
        """Whatever is lost, one look at the cluster leads to its state (GNT-150, GNT-152)."""
        heard = [event for event in story if data.draw(st.booleans())]
        life, state = live(heard, NEW), truth(story)
        now = story[-1].when + 1
        if state is Operstate.DESTROYED:
            life = live([report(0, steps.REMOVE, JobStatus.SUCCESS, now)], life)
        elif state is Operstate.ERROR:
            life = live([report(1, steps.CREATE, JobStatus.ERROR, now)], life)
        else:
            opcode = steps.STARTUP if state is Operstate.STARTED else steps.SHUTDOWN
            life = live([report(0, opcode, JobStatus.SUCCESS, now)], life)
        self.assertIs(life.operstate, state)

    @given(stories(), st.data())
    @settings(max_examples=200)
    def test_a_commission_is_settled_exactly_once(
        self, story: list[JobEvent], data: st.DataObject
    ) -> None:
        """However reports come, the stored commission is accepted or rejected once, and never
        accepted unless its own job succeeded (GNT-133)."""
        mine = data.draw(st.integers(2, 6))
        tasks = {steps.STARTUP: "START", steps.SHUTDOWN: "STOP", steps.REBOOT: "REBOOT"}
        of_mine = [event for event in story if event.job == mine]
        if not of_mine or of_mine[0].opcode not in tasks:
            return
        life = live([event for event in story if event.job < mine], NEW)
        life = evolve(life, task=tasks[of_mine[0].opcode], task_job=mine, serial=7)
        rest = [event for event in story if event.job >= mine]
        settled = []
        for event in data.draw(st.permutations(rest + rest)):
            done = steps.apply(life, event)
            settled += [o for o in done.outputs if o in (Output.ACCEPT, Output.REJECT)]
            if Output.ACCEPT in done.outputs:
                self.assertEqual((event.job, event.status), (mine, JobStatus.SUCCESS))
            life = done.life
        self.assertEqual(len(settled), 1)
        self.assertIsNone(life.serial)

    @given(stories())
    def test_nothing_follows_a_deletion(self, story: list[JobEvent]) -> None:
        """A deleted server hears nothing any more (6.2)."""
        life = live([report(99, steps.REMOVE, JobStatus.SUCCESS, 1)], NEW)
        for event in story:
            self.assertEqual(steps.apply(life, event), steps.Step(life))
