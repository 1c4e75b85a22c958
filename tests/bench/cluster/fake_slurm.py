"""Commands of SLURM that run the script of a job on this machine.

`sbatch` keeps the script, starts it in a session of its own and prints a job id; `squeue` lists
the jobs of which a process is left, `scancel` ends them. With FAKE_SLURM_REFUSES in the environment
`sbatch` refuses every job, with FAKE_SLURM_BREAKS jobs end at once. Nothing queues, and no
limit holds: what SLURM itself does with the directives is not tested.
"""

import stat
from pathlib import Path

SBATCH = """#!/bin/bash
if [ -n "$FAKE_SLURM_REFUSES" ]; then
  echo "sbatch: error: $FAKE_SLURM_REFUSES" >&2
  exit 1
fi
[ "$1" = --test-only ] && exit 0
cd {place}
mkdir -p jobs
id=100
until mkdir "jobs/$id" 2>/dev/null; do id=$((id + 1)); done  # two may come at once
cp "$1" "jobs/$id.sh"
err=$(sed -n 's/^#SBATCH -e //p' "jobs/$id.sh" | sed "s/%J/$id/")
if [ -n "$FAKE_SLURM_BREAKS" ]; then
  echo "$FAKE_SLURM_BREAKS" >"$err"
else
  SLURM_JOB_ID=$id setsid bash "jobs/$id.sh" >"jobs/$id.out" 2>"$err" </dev/null &
  echo $! >"jobs/$id.pid"
fi
echo "Submitted batch job $id"
"""

SQUEUE = """#!/bin/bash
cd {place}
for word in "$@"; do
  case "$word" in --jobs=*) ids=${word#--jobs=} ;; esac
done
for id in ${ids//,/ }; do
  [ -e "jobs/$id.pid" ] && kill -0 -- "-$(cat "jobs/$id.pid")" 2>/dev/null && echo RUNNING
done
exit 0
"""

SCANCEL = """#!/bin/bash
cd {place}
echo "$1" >>cancelled
[ -e "jobs/$1.pid" ] && kill -TERM -- "-$(cat "jobs/$1.pid")"
exit 0
"""


def install(folder: Path) -> Path:
    """Write the commands into `folder/bin`, which is returned; jobs are kept in `folder/jobs`."""
    place = folder / "bin"
    place.mkdir(parents=True)
    for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL)):
        file = place / name
        file.write_text(text.replace("{place}", f"'{folder}'"), encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return place
