# SPDX-License-Identifier: Apache-2.0
"""A program that is killed at named points, and started again."""
import os
import random
import signal
import subprocess
import sys
import tempfile

from order_oracle import Broken, require

SEED = int(os.environ.get("EVSRC_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
# Faster; where there is none, the machine's disk does.
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
# Longer than any lock lasts: a restarted program's clock is so much later.
LOCKS_END_S = 1000


class CrashingProgram:
    """Its files are in a folder of its own."""

    def __init__(self, program, verb, folder_on_disk=False):
        self.program, self.verb, self.starts = program, verb, 0
        self.folder = tempfile.TemporaryDirectory(dir=None if folder_on_disk else MEMORY)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def arguments(self):
        return []

    def start(self, *more):
        """A process; every one after the first begins when the locks of the last are over."""
        command = [self.program, self.verb, *self.arguments(), f"ahead_s={self.starts * LOCKS_END_S}",
                   *more]
        self.starts += 1
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *more):
        """@return its exit code and what it printed; an end of its own that is no success breaks"""
        process = self.start(*more)
        said, complaint = process.communicate(timeout=300)
        require(process.returncode in (0, -signal.SIGKILL),
                f"exit {process.returncode}: {complaint.decode()}")
        return process.returncode, said.decode()

    def counts(self):
        """A life without a crash, and how often it came by each point."""
        require(self.run(f"counts={self.path('counts')}")[0] == 0, "the run that counts was killed")
        return self.read_counts()

    def read_counts(self):
        with open(self.path("counts"), encoding="utf-8") as lines:
            return {point: int(count) for point, count in map(str.split, lines)}


def crash_at_each(points, counts, make):
    """Each point at its first, a middle and its last occurrence: `make(point)` gives the program,
    with judge_after_crash() and judge_at_rest(). @return how many crashes that were"""
    crashes = 0
    for point in points:
        require(counts.get(point, 0) > 0, f"point {point} is never come by, of {counts}")
        last = counts[point]
        for number in sorted({1, (last + 1) // 2, last}):
            try:
                crash_at(point, number, make)
            except Broken as fault:
                raise Broken(f"{point}, {number} of {last}: {fault}") from None
            crashes += 1
    return crashes


def crash_at(point, number, make):
    """Ids are random, so the last occurrence of one life may be beyond that of the next, by a few
    pages of a checkpoint: then the last of that one is tried."""
    for _ in range(5):
        with make(point) as program:
            ended, _ = program.run(f"die_at={point}", f"die_number={number}",
                                   f"counts={program.path('counts')}")
            if ended == 0:
                number = min(number, program.read_counts().get(point, 0))
                continue
            program.judge_after_crash()
            require(program.run()[0] == 0, "a run that should live was killed")
            program.judge_at_rest()
            return
    raise Broken("five runs missed it")


def main(cases):
    """Runs the case that the command line names."""
    print(f"seed {SEED} (EVSRC_SEED repeats it)", flush=True)
    try:
        cases[sys.argv[2]]()
    except Broken as fault:
        sys.exit(f"FAILED, seed {SEED}: {fault}")
