"""How fast gridmap is: named cases, each beside its peer where there is one."""
