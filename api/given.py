"""What the composition root hands to the endpoints, each by the name of the parameter that takes it."""

from typing import TypeAlias

from litestar.di import NamedDependency

from api.anthropic.relay import Relay
from api.broker import BrokerProbe
from api.calls import Calls
from api.cursor import CursorSealer
from api.native.schedule_desk import ScheduleDesk
from api.push.hub import Hub
from api.submission import Reception
from evalruns.start import EvalStarter
from jobs.clock import Clock
from jobs.dispatch import Dispatcher
from jobs.lanes import LaneBoard
from jobs.news import News
from jobs.schedules.scheduling import Scheduling
from jobs.settings import Settings
from jobs.store.store import Store

GivenBroker: TypeAlias = NamedDependency[BrokerProbe]
GivenCalls: TypeAlias = NamedDependency[Calls]
GivenClock: TypeAlias = NamedDependency[Clock]
GivenCursors: TypeAlias = NamedDependency[CursorSealer]
GivenDispatcher: TypeAlias = NamedDependency[Dispatcher]
GivenHub: TypeAlias = NamedDependency[Hub]
GivenLanes: TypeAlias = NamedDependency[LaneBoard]
GivenNews: TypeAlias = NamedDependency[News]
GivenReception: TypeAlias = NamedDependency[Reception]
GivenRelay: TypeAlias = NamedDependency[Relay]
GivenScheduleDesk: TypeAlias = NamedDependency[ScheduleDesk]
GivenScheduling: TypeAlias = NamedDependency[Scheduling]
GivenSettings: TypeAlias = NamedDependency[Settings]
GivenStarter: TypeAlias = NamedDependency[EvalStarter]
GivenStore: TypeAlias = NamedDependency[Store]
GivenTenant: TypeAlias = NamedDependency[str]
