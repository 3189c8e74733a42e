"""Body weights."""

from pp_api.routing import Routes
from pp_core.wellbeing.operations import DeleteWeight, ListWeights, ParseWeight, RecordWeight

routes = Routes("Wellbeing")
routes.get("/weights", ListWeights)
routes.post("/weights", RecordWeight, status=201)
routes.post("/weights/parse", ParseWeight)
routes.delete("/weights/{weight_id}", DeleteWeight)
