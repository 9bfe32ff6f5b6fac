"""Users, workspaces, roles and the audit trail; every other app asks here what a person may see."""
