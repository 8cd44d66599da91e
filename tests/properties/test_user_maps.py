"""The client's own hashes are the block store's; a sync's plan is safe whatever the views."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.blocks import hashing
from synnefod.user.maps import block_name, merkle
from synnefod.user.plan import Do, plan
from synnefod.user.state import Content

VIEWS = st.dictionaries(
    st.sampled_from("abc"), st.builds(Content, st.integers(0, 2), st.sampled_from("xy"))
)


class Maps(SynchronousTestCase):
    @given(st.binary(max_size=64), st.integers(0, 8))
    def test_a_block_has_one_name_on_both_sides(self, data: bytes, zeros: int) -> None:
        """With and without trailing zeros (PIT-188)."""
        block = data + bytes(zeros)
        self.assertEqual(block_name(block), hashing.block_hash(block).hex())

    @given(st.lists(st.binary(min_size=32, max_size=32), max_size=20))
    def test_a_map_has_one_root_on_both_sides(self, digests: list[bytes]) -> None:
        """Any number of blocks."""
        self.assertEqual(merkle([d.hex() for d in digests]), hashing.merkle_root(digests).hex())


class Plans(SynchronousTestCase):
    @given(VIEWS, VIEWS, VIEWS)
    def test_nothing_that_was_not_agreed_is_written_over_or_deleted(
        self, here: dict[str, Content], there: dict[str, Content], base: dict[str, Content]
    ) -> None:
        """A side's content goes only if it was the last agreement, or is kept as a conflict."""
        for step in plan(here, there, base):
            mine, theirs, agreed = (view.get(step.path) for view in (here, there, base))
            if step.do in (Do.DOWNLOAD, Do.DELETE_HERE) and mine is not None:
                self.assertEqual(mine, agreed)
            if step.do in (Do.UPLOAD, Do.DELETE_THERE) and theirs is not None:
                self.assertEqual(theirs, agreed)
            if step.do is Do.AGREE:
                self.assertEqual(mine, theirs)

    @given(VIEWS, VIEWS, VIEWS)
    def test_a_plan_carried_out_leaves_nothing_to_do(
        self, here: dict[str, Content], there: dict[str, Content], base: dict[str, Content]
    ) -> None:
        """The two sides are equal then, and the agreement says so."""
        for step in plan(here, there, base):
            if step.do is Do.CONFLICT:
                here[step.path + " conflict"] = here[step.path]
            if step.do in (Do.DOWNLOAD, Do.CONFLICT, Do.DELETE_HERE):
                _set(here, step.path, there.get(step.path))
            elif step.do in (Do.UPLOAD, Do.DELETE_THERE):
                _set(there, step.path, here.get(step.path))
            _set(base, step.path, here.get(step.path))
        left = plan(here, there, base)
        self.assertEqual({step.do for step in left} - {Do.UPLOAD}, set())
        self.assertTrue(all(step.path.endswith(" conflict") for step in left))


def _set(view: dict[str, Content], path: str, content: Content | None) -> None:
    if content is None:
        view.pop(path, None)
    else:
        view[path] = content
