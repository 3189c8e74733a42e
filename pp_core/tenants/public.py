"""What contexts above may ask of gyms and people, with their open transaction."""

from pp_core.tenants.access import access_brief, access_person
from pp_core.tenants.queries.people import brief_by_id
from pp_core.tenants.use_cases.pins import verify_pin

__all__ = ["access_brief", "access_person", "brief_by_id", "verify_pin"]
