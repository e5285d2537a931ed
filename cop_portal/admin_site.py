"""The staff's room: Django admin behind the portal's own sign-in, with the work queues first."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin


class PortalAdminSite(admin.AdminSite):
    site_header = "Staff's room"
    site_title = "Staff's room"
    index_title = "Work to do"

    login = secure_admin_login(admin.AdminSite.login)
