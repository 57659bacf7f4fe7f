"""Parts of the API: fields of JSON bodies, refusals, and requests that wait."""
