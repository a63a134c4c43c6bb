"""The registry follows the folder: models that came some other way are known too, those that are gone are known to be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.model_folder import ModelFolder
from models.clock import SEOUL
from models.nlu_models import Made, ModelState, NluModel, register
from models.nlu_traffic import traffic


def look(db: Session, folder: ModelFolder) -> None:
    """Take away what nobody wants any more, and write down which models are there. The caller commits."""
    rows = {row.name: row for row in db.scalars(select(NluModel))}
    in_use = set(traffic(db).models.values())
    for row in rows.values():
        if row.state is ModelState.DISCARDED and row.name not in in_use:
            folder.path(row.name).unlink(missing_ok=True)
    names = set(folder.names())
    for row in rows.values():
        if row.there is not (row.name in names):
            row.there = row.name in names
    for name in names - rows.keys():
        file = folder.path(name).stat()
        made_at = datetime.fromtimestamp(file.st_mtime, SEOUL)
        register(db, Made(name, None, size=file.st_size), made_at)
