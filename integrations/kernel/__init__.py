"""The connector kernel: what every provider speaks, in pure Python.

Neither Django nor Celery nor an app is imported here. One module a subject:

- `records`   what is pulled: frozen records, their kinds and fingerprints
- `payloads`  what is pushed, exact in JSON, and the receipt that comes back
- `errors`    problems (codes with parameters) and the errors, named by who must act
- `facts`     what a provider is and can do, as data
- `connector` pulls, pushes, checks and the connector value itself
- `http`      the transport: reads are retried, writes are sent once
- `parse`     readers that turn a provider's rows into values or say where they could not
- `registry`  finds the providers by looking into their folder
"""
