"""How the admin writes times: in full, sortable and in UTC like everything else."""

DATETIME_FORMAT = "Y-m-d H:i:s"
DATE_FORMAT = "Y-m-d"
