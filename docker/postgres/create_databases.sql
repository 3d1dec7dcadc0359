-- Run once, as the volume is made. POSTGRES_DB has made fltr by then; this is the user database beside it.
CREATE DATABASE fltr_auth;
