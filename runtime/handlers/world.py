"""What the process of a function keeps from one invocation to the next: the table, the model that is live, the leads
under it, and its mappings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from runtime import times
from runtime.dynamo.client import Spent, Table, connect
from runtime.dynamo.leads import Leads
from runtime.dynamo.model import Model
from runtime.handlers.models import Models, models
from runtime.handlers.settings import Settings, settings
from runtime.mapping import Mapping


class World:
    """Everything is made when it is first asked for, the leads and mappings anew when another model is live."""

    def __init__(self, settings: Settings, table: Table, models: Models, now: Callable[[], int] = times.now) -> None:
        self.settings = settings
        self.table = table
        self.models = models
        self.now = now
        self._leads: Leads | None = None
        self._mappings: dict[str, Mapping] = {}

    def model(self) -> Model:
        """The model that is live; raises where there is none yet."""
        return self.leads().model

    def leads(self) -> Leads:
        """The leads under the model that is live."""
        model = self.models.model()
        if self._leads is None or self._leads.model is not model:
            self._leads = Leads(self.table, model, self.now, retention=self.settings.retention)
            self._mappings = {}
        return self._leads

    def mapping(self, source: str) -> Mapping:
        """The mapping of a source of the model. Raises MappingError."""
        table = self.leads().model.table
        if source not in self._mappings:
            self._mappings[source] = Mapping(table, source)
        return self._mappings[source]

    def spent(self) -> Spent:
        """The units used since this was last asked."""
        spent, self.table.spent = self.table.spent, Spent()
        return spent


@cache
def world() -> World:
    """The world of this process, as its environment has it. Raises SettingError."""
    given = settings()
    table = connect(given.table)
    return World(given, table, models(given, table))
