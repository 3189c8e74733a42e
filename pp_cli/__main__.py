"""`python -m pp_cli`: the same as `pp`."""

import sys

from pp_cli.entry import main

sys.exit(main())
