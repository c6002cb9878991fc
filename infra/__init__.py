"""What makes the deployable parts; packs the runtime alone."""
