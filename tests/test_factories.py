import pytest

from tests.factories import REACHABLE


@pytest.mark.parametrize("state", REACHABLE)
def test_every_reachable_state_is_reached_by_real_verbs(case_in, state):
    case = case_in(state)

    assert case.state == state
