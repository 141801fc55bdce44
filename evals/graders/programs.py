"""The grader that runs a program of the user's, `python`: what it asks for, and how the answer is read.

The program itself is run by graders/program_process.py, where the server allows it.
"""

import math

from evals.definition.graders import Python
from evals.errors import GraderError
from evals.graders.exam import Exam, Mark, ProgramRun, UnansweredError


def grade_by_program(told: Python, exam: Exam) -> Mark:
    """Take the program's score; raises UnansweredError until it was run."""
    reply = exam.replies.get((exam.path, 0))
    if reply is None:
        run = ProgramRun(
            grader=exam.path,
            source=told.source,
            sample=exam.sample.fields,
            item=exam.item.fields,
            timeout_s=told.timeout_s,
        )
        raise UnansweredError([run])
    if reply.error is not None:
        raise GraderError(reply.error)
    if reply.value is None or not math.isfinite(reply.value):
        raise GraderError(f"grade() must return a finite number, not {reply.value}")
    return Mark(value=reply.value, explanation=f"grade() returned {reply.value:g}")
