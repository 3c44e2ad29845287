"""The custom resources of the group sincro.dev: SyncSource, SyncSchedule, SyncTask (version v1alpha1, namespaced)."""
