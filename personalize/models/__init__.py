"""The nouns: configuration, identities, consent, quarantine and counts, one file a concept."""

from personalize.models.cleaning import CleaningPolicy, PropertyStatistics
from personalize.models.configuration import Configuration
from personalize.models.consent import ConsentRecord, Erasure
from personalize.models.decision_sample import DecisionSample, ViewAs
from personalize.models.event_definition import EventDefinition
from personalize.models.experiment import Arm, Experiment
from personalize.models.job import Job
from personalize.models.lake import LakeErasure
from personalize.models.portrait import SegmentPortrait
from personalize.models.quality import DataQualityReport
from personalize.models.quarantine import QuarantinedEvent
from personalize.models.segment import Membership, Segment, SegmentSize
from personalize.models.showing import Placement, Showing
from personalize.models.slot import Slot, Variant
from personalize.models.source import Source
from personalize.models.tally import Dashboard, Tally
from personalize.models.trait import Trait
from personalize.models.visitor import IdentityLink, Visitor

__all__ = [
    "Arm",
    "CleaningPolicy",
    "Configuration",
    "ConsentRecord",
    "Dashboard",
    "DataQualityReport",
    "DecisionSample",
    "Erasure",
    "EventDefinition",
    "Experiment",
    "IdentityLink",
    "Job",
    "LakeErasure",
    "Membership",
    "Placement",
    "PropertyStatistics",
    "QuarantinedEvent",
    "Segment",
    "SegmentPortrait",
    "SegmentSize",
    "Showing",
    "Slot",
    "Source",
    "Tally",
    "Trait",
    "Variant",
    "ViewAs",
    "Visitor",
]
