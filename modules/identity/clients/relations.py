"""Batches of API clients, named by their questions."""

from modules.identity.clients.tables import ApiClientRow
from modules.kernel.keyset import Order
from modules.kernel.relations import Listed
from modules.kernel.tables import col, pick

API_CLIENT = pick(ApiClientRow, "id", "name", "prefix", "scopes", "hourly_budget", "created_at", "last_used_at")
_NEWEST = Order(((col(ApiClientRow.created_at), True), (col(ApiClientRow.id), True)))

api_clients_by_viewer = Listed(API_CLIENT, by=col(ApiClientRow.person_id), order=_NEWEST)
