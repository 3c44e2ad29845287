"""Who we are in the eyes of the API server, for requestedBy, pausedBy and cancelledBy."""

from sincro_kubectl.context import Context
from sincro_kubectl.kubectl import Call, KubectlError


def user_of(context: Context, call: Call) -> str:
    """The user's name out of a SelfSubjectReview; empty, with a warning, when the API server does not tell.

    Nothing is refused for that: a request without a name is one that the API server accepts from anybody.
    """
    try:
        answer = call.document()
    except KubectlError as error:
        context.warn(f"nobody is named as the one who asks: {error}")
        return ""
    status = answer.get("status")
    user = status.get("userInfo") if isinstance(status, dict) else None
    name = user.get("username") if isinstance(user, dict) else None
    return name if isinstance(name, str) else ""
