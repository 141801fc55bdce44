"""`/v1/lanes`: how the lanes to Claude stand, and how a paused one goes on."""

from litestar import Controller, get, post
from litestar.params import FromPath

from api.given import GivenLanes
from api.native.errors import ErrorBody
from api.native.views import LaneList
from api.openapi import CHANGING, READING, refusals


class LanesController(Controller):
    """The endpoints of lanes."""

    path = "/v1/lanes"
    tags = ("lanes",)

    @get("/", sync_to_thread=True, summary="Show the lanes to Claude", responses=refusals(ErrorBody, READING))
    def list_lanes(self, lanes: GivenLanes) -> LaneList:
        """Return every lane that was used within a day, with its limits and why it rests or is paused."""
        return LaneList(data=lanes.all())

    @post(
        "/resume",
        status_code=200,
        sync_to_thread=True,
        summary="Resume all paused lanes",
        responses=refusals(ErrorBody, CHANGING),
    )
    def resume_lanes(self, lanes: GivenLanes) -> LaneList:
        """Have every paused lane go on at once, and return which."""
        return LaneList(data=lanes.resume())

    @post(
        "/{name:str}/resume",
        status_code=200,
        sync_to_thread=True,
        summary="Resume a paused lane",
        responses=refusals(ErrorBody, CHANGING),
    )
    def resume_lane(self, lanes: GivenLanes, name: FromPath[str]) -> LaneList:
        """Have the lane go on at once, if it was paused."""
        return LaneList(data=lanes.resume(name))
