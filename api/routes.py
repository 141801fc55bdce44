"""Every address of the api, and how errors look below it."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from api.answering import ErrorShape
from api.anthropic.batches import MessageBatchesController
from api.anthropic.complete import complete
from api.anthropic.counting import count_tokens
from api.anthropic.errors import render_batch_error
from api.anthropic.errors import render_error as render_anthropic_error
from api.anthropic.known_models import ModelsController
from api.anthropic.messages import create_message
from api.health import healthz, readyz
from api.metrics import metrics
from api.native.batches import BatchesController
from api.native.errors import render_error as render_native_error
from api.native.evaluations import EvaluationsController
from api.native.events import follow_batch, follow_job
from api.native.intake import submit_jobs
from api.native.jobs import JobsController
from api.native.lanes import LanesController
from api.native.queries import refuse_unknown_query
from api.native.schedules import SchedulesController
from api.native.spending import get_spending
from api.native.webhooks import DeliveriesController
from api.openai.batches import OpenAIBatchesController
from api.openai.chat import create_chat_completion
from api.openai.doorway import PREFIX as OPENAI
from api.openai.errors import render_error as render_openai_error
from api.openai.eval_runs import OpenAIEvalRunsController
from api.openai.evals import OpenAIEvalsController
from api.openai.files import FilesController
from api.openai.model_list import OpenAIModelsController

SHAPES = (
    ErrorShape(prefix="/", render=render_native_error),
    ErrorShape(prefix="/v1/messages", render=render_anthropic_error),
    ErrorShape(prefix=f"{OPENAI}/", render=render_openai_error),
    ErrorShape(prefix="/v1/messages/batches", render=render_batch_error),
    ErrorShape(prefix="/v1/complete", render=render_anthropic_error),
    ErrorShape(prefix="/v1/models", render=render_anthropic_error),
)

NATIVE = (
    submit_jobs,
    JobsController,
    follow_job,
    BatchesController,
    follow_batch,
    LanesController,
    get_spending,
    DeliveriesController,
    EvaluationsController,
    SchedulesController,
)
OTHERS = (
    MessageBatchesController,
    ModelsController,
    count_tokens,
    create_message,
    complete,
    create_chat_completion,
    FilesController,
    OpenAIBatchesController,
    OpenAIModelsController,
    OpenAIEvalsController,
    OpenAIEvalRunsController,
    healthz,
    readyz,
    metrics,
)


def make_routes() -> list[ControllerRouterHandler]:
    """Return what an app routes to; a router belongs to one app, so it is made anew for each."""
    native = Router(path="/", guards=[refuse_unknown_query], route_handlers=NATIVE)
    return [native, *OTHERS]
