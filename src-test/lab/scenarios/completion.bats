# Completion in a bash that someone types at.
load lab

# offered KEYS: what an interactive bash shows when someone types KEYS; bash-completion loads our file as it is needed.
offered() {
    printf '%s\n' '. /usr/share/bash-completion/bash_completion' "PS1='READY> '" >"$BATS_TEST_TMPDIR/bashrc"
    run -0 /usr/bin/python3 - "$BATS_TEST_TMPDIR/bashrc" "$1" <<'END'
import os, pty, re, sys

pid, terminal = pty.fork()
if not pid:
    os.environ.update(TERM='dumb', HISTFILE='', COLUMNS='200')
    os.execv('/bin/bash', ['bash', '--noprofile', '--rcfile', sys.argv[1], '-i'])


def shown(until):
    """Return what bash shows up to that."""
    text = ''
    while until not in text:
        text += os.read(terminal, 4096).decode()
    return text[:text.index(until)]


shown('READY> ')
keys = sys.argv[2].encode().decode('unicode_escape').encode()
# The line is thrown away, and the next one says that bash has seen all keys.
os.write(terminal, keys + b'\x15echo en$((1 + 1))d\r')
print(re.sub(r'[\r\n]+', '\n', shown('en2d')).replace('READY> ', ''))
END
}

@test "commands, options, kernels and drivers are offered" {
    install "$A" "$B"

    offered 'kmodkeeper exp\t'
    assert_line '^kmodkeeper explain $'

    offered 'kmodkeeper status --w\t--j\t'
    assert_line '^kmodkeeper status --watch --json $'

    # bash shows them in as many rows as it takes.
    local command
    offered 'kmodkeeper \t\t'
    for command in $(kmodkeeper help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p'); do assert_line "(^| )$command( |$)"; done

    offered "kmodkeeper log --kernel ${B%??.el9*}\\t\\t"
    assert_line "$A +$B|$B +$A|log --kernel $B $"

    offered "kmodkeeper check --kernel=${B%?.el9*}\\t"
    assert_line "^kmodkeeper check --kernel=$B $"

    offered 'kmodkeeper explain next ixg\t'
    assert_line '^kmodkeeper explain next ixgbevf $'

    touch "$BATS_TEST_TMPDIR/nic-1.tar.gz"
    offered "kmodkeeper adopt $BATS_TEST_TMPDIR/ni\\t"
    assert_line "^kmodkeeper adopt $BATS_TEST_TMPDIR/nic-1.tar.gz $"
}
