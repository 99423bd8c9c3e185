"""The admin: the editors' and operators' screens, one file a concept."""

from personalize.admin.cleaning import CleaningPolicyAdmin, PropertyStatisticsAdmin
from personalize.admin.configuration import ConfigurationAdmin
from personalize.admin.dashboard import DashboardAdmin
from personalize.admin.decisions import DecisionSampleAdmin
from personalize.admin.events import EventDefinitionAdmin
from personalize.admin.experiments import ExperimentAdmin
from personalize.admin.jobs import JobAdmin
from personalize.admin.quality import DataQualityReportAdmin
from personalize.admin.quarantine import QuarantinedEventAdmin
from personalize.admin.records import ConsentRecordAdmin, ErasureAdmin, IdentityLinkAdmin
from personalize.admin.segments import SegmentAdmin
from personalize.admin.slots import SlotAdmin, VariantAdmin
from personalize.admin.sources import SourceAdmin
from personalize.admin.traits import TraitAdmin
from personalize.admin.view_as import ViewAsAdmin
from personalize.admin.visitors import VisitorAdmin

__all__ = [
    "CleaningPolicyAdmin",
    "ConfigurationAdmin",
    "ConsentRecordAdmin",
    "DashboardAdmin",
    "DataQualityReportAdmin",
    "DecisionSampleAdmin",
    "ErasureAdmin",
    "EventDefinitionAdmin",
    "ExperimentAdmin",
    "IdentityLinkAdmin",
    "JobAdmin",
    "PropertyStatisticsAdmin",
    "QuarantinedEventAdmin",
    "SegmentAdmin",
    "SlotAdmin",
    "SourceAdmin",
    "TraitAdmin",
    "VariantAdmin",
    "ViewAsAdmin",
    "VisitorAdmin",
]
