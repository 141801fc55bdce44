"""Evaluation: how good the answers are, how sure one can be of it, and whether they got worse.

Pure: no SQL, no HTTP, no clock. What must be asked of a model or run in a process is handed out as a request
and judged when its answer is handed back in.

    a file of the user's                       what came back from Claude
        |                                             |
    definition/   what is asked, typed            sample.py    one answer to one item
    dataset/      the items it is asked of            |
    openai/       OpenAI's evals, as ours         graders/     one module a family; grading.py runs them
        |                                             |
    template.py   {{ item.field }}                result.py    the scores of one sample
    plan.py       requests, by address.py             |
        |                                         summary.py   a run in numbers
        +--->  a batch of jobs  --->              comparison/  two runs in numbers; better, worse, cannot tell
                                                      |
                                                  report/      HTML, CSV, JSONL, sparkline
    statistics/   the formulas that summary.py and comparison/ stand on, each with its source
"""
