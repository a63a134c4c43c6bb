"""The folder of language models: files by name, and links that say what each slot's servers load when they start.

``slot-a.tar.gz`` and ``slot-b.tar.gz`` are for servers that start. ``live.tar.gz`` follows the store and is for people
and measurements that look into the folder; nobody decides by it once there is a store that knows.
"""

from __future__ import annotations

import json
import tarfile
import zlib
from pathlib import Path

from bot.nlu_server import ENDING, LoadedModel
from models.nlu_traffic import SLOTS
from models.staff import StaffRefused

LIVE = "live"
_PREVIOUS = "previous"
_BY_HAND = "first"
"""Name for a model that was put in place of the link by hand."""
LINKS = (LIVE, _PREVIOUS, *(f"slot-{slot}" for slot in SLOTS))


class ModelFolder:
    """Models and links of one instance."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def names(self) -> list[str]:
        """Return all models by name; links are none."""
        found = (path.name.removesuffix(ENDING) for path in self.folder.glob(f"*{ENDING}"))
        return sorted(name for name in found if name not in LINKS)

    def has(self, name: str) -> bool:
        """Tell whether a model is there."""
        return bool(name) and self.path(name).is_file()

    def path(self, name: str) -> Path:
        """Return where a model lies, or would."""
        return self.folder.resolve() / f"{name}{ENDING}"

    def find(self, name: str) -> Path:
        """Return the file of a model.

        Raises:
            StaffRefused: there is none.
        """
        name = name.removesuffix(ENDING)
        if name not in self.names():
            raise StaffRefused(f"{name}{ENDING} 모델이 없어요. flask nlu status로 이름을 볼 수 있어요.")
        return self.path(name)

    def slot_file(self, slot: str) -> Path:
        """Return the link that a slot's servers start from."""
        return self.folder / f"slot-{slot}{ENDING}"

    def link_slot(self, slot: str, name: str) -> None:
        """Have a slot's servers load a model when they start."""
        self._link(self.slot_file(slot), name)

    def link_live(self, name: str) -> None:
        """Show which model answers."""
        self._link(self.folder / f"{LIVE}{ENDING}", name)

    def linked(self, slot: str) -> str:
        """Return the model a slot's servers start from, empty where there is none."""
        return _target(self.slot_file(slot))

    def linked_live(self) -> str:
        """Return the model that the folder shows as live, empty where it shows none."""
        return _target(self.folder / f"{LIVE}{ENDING}")

    def adopt(self) -> None:
        """Turn links of before there were slots, or a file in place of one, into links of the slots."""
        live = self.folder / f"{LIVE}{ENDING}"
        if live.is_file() and not live.is_symlink():
            live.rename(self.path(_BY_HAND))
            self.link_live(_BY_HAND)
        if self.linked_live() and not any(self.slot_file(slot).is_symlink() for slot in SLOTS):
            previous = _target(self.folder / f"{_PREVIOUS}{ENDING}")
            self.link_slot(SLOTS[0], self.linked_live())
            self.link_slot(SLOTS[1], previous or self.linked_live())
        (self.folder / f"{_PREVIOUS}{ENDING}").unlink(missing_ok=True)

    def _link(self, link: Path, name: str) -> None:
        """Replace a link in one step: whoever starts now finds the old model or the new one, never none."""
        new = link.with_name(f".{link.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(f"{name}{ENDING}")
        new.replace(link)


def identity(path: Path) -> LoadedModel:
    """Return a model as a server names it that has loaded it.

    Raises:
        StaffRefused: the file is no model, or half of one.
    """
    try:
        with tarfile.open(path, "r|gz") as archive:
            told = next((archive.extractfile(each) for each in archive if _is_metadata(each.name)), None)
            if told is not None:
                return LoadedModel(path.name.removesuffix(ENDING), str(json.load(told)["model_id"]))
    except (OSError, tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError):
        pass
    raise StaffRefused(f"{path.name} 파일이 망가져 있어요. 모델을 다시 훈련해 주세요.")


def _is_metadata(name: str) -> bool:
    return name.removeprefix("./") == "metadata.json"


def _target(link: Path) -> str:
    """Return the model a link leads to, empty where it leads to none."""
    return link.resolve().name.removesuffix(ENDING) if link.is_symlink() and link.exists() else ""
