"""`python -m voiceflow`."""

import sys

from voiceflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
