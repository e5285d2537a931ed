"""The staff's room: Django admin behind the portal's own sign-in, with the work queues first."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "cop_portal.admin_site.PortalAdminSite"
