"""The program with a fault: it crashes when help is asked for, with a secret among its variables."""

from replicate_tui.cli.main import main
from replicate_tui.tui.app import ReplicateApp


def crash(app: ReplicateApp) -> None:
    """Fail as a bug does."""
    secret = "r8_" + "x" * 8
    raise RuntimeError(f"injected, of {len(secret)} letters")


if __name__ == "__main__":
    ReplicateApp.action_help = crash  # type: ignore[method-assign]
    main()
