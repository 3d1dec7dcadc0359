"""Background work under a lease. It knows neither what the work is about nor what it costs."""
