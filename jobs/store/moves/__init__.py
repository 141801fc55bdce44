"""The moves of a job from state to state, one file for each kind; `docs/states.md` draws them.

Each move locks its rows first, found by the index made for it, checks its fence on what it has locked, and
then updates by id alone: with the state in the condition as well, a planner might prefer to walk a partial
index from end to end. SQLite needs no locks: its writing transactions are alone.
"""
