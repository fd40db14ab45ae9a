"""``python -m orderflow``."""

from .cli import main

raise SystemExit(main())
