"""`python -m cli` is the command `leadscore`."""

import sys

from cli.main import main

sys.exit(main())
