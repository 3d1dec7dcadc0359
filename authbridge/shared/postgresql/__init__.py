"""Django's PostgreSQL backend with a breaker: nobody waits for a database that has just failed somebody else."""
