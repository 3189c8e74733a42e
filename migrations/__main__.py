"""`python -m migrations "add classes"`: write a new revision from what the models have and the schema lacks.

Works on a throwaway server, so that it says the same on every machine. Read what it wrote before committing it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import migrations
from pp_core.kernel.settings import Settings
from pp_core.runtime.database import Home


def main() -> None:
    """Make the revision named by the arguments."""
    directory = Path(tempfile.gettempdir()) / f"pp-revision-{os.getpid()}"
    home = Home(Settings(data_directory=directory), throwaway=True)
    try:
        urls = home.start()
        assert urls.owner is not None
        migrations.upgrade(urls.owner, repeatable=False)
        migrations.make(urls.owner, " ".join(sys.argv[1:]) or "changes")
    finally:
        home.close()
        shutil.rmtree(directory, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(migrations.HERE / "versions")], check=False)


main()
