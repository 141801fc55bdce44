"""The body of `POST /v1/schedules` in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from api.body import JSON
from api.native.evaluation_intake import RUN
from api.native.operation import JOB
from api.native.schedule_intake import LONGEST_NAME, LONGEST_S, MOST_JITTER_S, SHORTEST_S
from jobs.job import Priority
from jobs.schedules.schedule import MissedPolicy, OverlapPolicy

NULL = OpenAPIType.NULL
MOMENT = Schema(type=[OpenAPIType.STRING, NULL], format=OpenAPIFormat.DATE_TIME)
BATCH = Schema(
    title="RecurringBatch",
    type=OpenAPIType.OBJECT,
    required=["requests"],
    additional_properties=False,
    properties={
        "requests": Schema(
            type=OpenAPIType.ARRAY, min_items=1, items=JOB, description="Jobs without a `run_at`."
        ),
        "priority": Schema(type=OpenAPIType.STRING, enum=[priority.value for priority in Priority]),
        "max_failures": Schema(type=[OpenAPIType.INTEGER, NULL], minimum=1, maximum=1000),
        "max_time_s": Schema(type=[OpenAPIType.NUMBER, NULL], exclusive_minimum=0),
        "expires_in_s": Schema(type=[OpenAPIType.NUMBER, NULL], exclusive_minimum=0),
        "max_cost": Schema(type=[OpenAPIType.NUMBER, NULL], minimum=0, description="US dollars, each time."),
    },
)
SCHEDULE = Schema(
    title="SubmittedSchedule",
    type=OpenAPIType.OBJECT,
    required=["name"],
    additional_properties=False,
    description="With either `cron` or `every_s`, and either `batch` or `evaluation`.",
    properties={
        "name": Schema(
            type=OpenAPIType.STRING,
            min_length=1,
            max_length=LONGEST_NAME,
            description="Letters and digits, and within them spaces, dots, - and _; unique among yours.",
        ),
        "cron": Schema(
            type=[OpenAPIType.STRING, NULL],
            description="Minute, hour, day of month, month, day of week; or @daily and its like.",
        ),
        "time_zone": Schema(type=OpenAPIType.STRING, description="Of `cron`, as Europe/Berlin."),
        "every_s": Schema(
            type=[OpenAPIType.NUMBER, NULL],
            minimum=SHORTEST_S,
            maximum=LONGEST_S,
            description="Seconds from one due time to the next, counted from `start_at` or from now.",
        ),
        "start_at": MOMENT,
        "end_at": MOMENT,
        "jitter_s": Schema(
            type=OpenAPIType.NUMBER,
            minimum=0,
            maximum=MOST_JITTER_S,
            description="Each due time runs up to so many seconds later, always the same.",
        ),
        "missed": Schema(
            type=OpenAPIType.STRING,
            enum=[policy.value for policy in MissedPolicy],
            description="Which due times are made up for that passed while no worker was up.",
        ),
        "overlap": Schema(
            type=OpenAPIType.STRING,
            enum=[policy.value for policy in OverlapPolicy],
            description="What becomes of a due time while the run before is going.",
        ),
        "webhook": Schema(
            type=[OpenAPIType.STRING, NULL],
            description="URL that is told when a batch has ended, or an evaluation is graded.",
        ),
        "batch": BATCH,
        "evaluation": RUN,
    },
)


@dataclass
class AddScheduleOperation(Operation):
    """An operation that takes a schedule."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=SCHEDULE)})
