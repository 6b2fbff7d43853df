"""A Gateway with its object store on this machine, as strict as the API's document: the importer is judged by it."""

from .faults import Fault
from .records import FaultHit, RequestRecord, UploadRecord
from .server import Sandbox
from .settings import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Latency, RateLimit, SandboxSettings

__all__ = [
    "DEMO_SHOP_GUID",
    "DEMO_SIGNING_KEY",
    "Fault",
    "FaultHit",
    "Latency",
    "RateLimit",
    "RequestRecord",
    "Sandbox",
    "SandboxSettings",
    "UploadRecord",
]
