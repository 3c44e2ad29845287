"""Who asks, and may they? Signing in is the cluster's own: TokenReview, and a SubjectAccessReview for every action."""
