"""Pictures of activities: the page with the map, the club's heat map, the page that follows somebody, and thumbnails."""
