"""Models: which there are, where they lie, and how they are brought here."""

from voiceflow.models._catalogue import CATALOGUE as CATALOGUE
from voiceflow.models._errors import CorruptModel as CorruptModel
from voiceflow.models._errors import FetchFailed as FetchFailed
from voiceflow.models._errors import MissingModel as MissingModel
from voiceflow.models._errors import UnknownModel as UnknownModel
from voiceflow.models._fetch import fetch as fetch
from voiceflow.models._locate import Found as Found
from voiceflow.models._locate import cache_folder as cache_folder
from voiceflow.models._locate import find as find
from voiceflow.models._locate import locate as locate
from voiceflow.models._model import Carrier as Carrier
from voiceflow.models._model import Download as Download
from voiceflow.models._model import File as File
from voiceflow.models._model import Kind as Kind
from voiceflow.models._model import Model as Model
from voiceflow.models._model import Piece as Piece
from voiceflow.models._model import Wheel as Wheel
from voiceflow.models._progress import Progress as Progress
from voiceflow.models._progress import Report as Report
from voiceflow.models._status import Status as Status
from voiceflow.models._status import status as status
from voiceflow.models._status import verify as verify
