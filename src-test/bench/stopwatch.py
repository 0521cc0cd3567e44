"""What a command takes by the clock, and samples to compare."""
import subprocess
import time


class Unmeasured(Exception):
    """A command that was to be measured failed."""


def run(*command):
    """Run the command and return the milliseconds that it took; Unmeasured if it fails."""
    began = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True)
    took = time.monotonic() - began
    if done.returncode != 0:
        raise Unmeasured('%s: exit status %d\n%s' % (' '.join(command), done.returncode, done.stdout))
    return took * 1000


def take_turns(runs, *functions):
    """Call the functions in turn, every other time backwards; return the results of each."""
    results = [[] for _ in functions]
    for turn in range(runs):
        pairs = list(zip(functions, results))
        for function, result in reversed(pairs) if turn % 2 else pairs:
            result.append(function())
    return results


def less(those, these):
    """Return the differences of samples taken in pairs."""
    return [a - b for a, b in zip(those, these)]
