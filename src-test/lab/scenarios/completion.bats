# Completion in the shells that someone types at: bash and zsh on a terminal; fish is asked what it would offer.
load lab

# offered KEYS: what an interactive bash shows when someone types KEYS; bash-completion loads our file as it is needed.
offered() {
    printf '%s\n' '. /usr/share/bash-completion/bash_completion' "PS1='READY> '" >"$BATS_TEST_TMPDIR/bashrc"
    type_at "$1" bash --noprofile --rcfile "$BATS_TEST_TMPDIR/bashrc" -i
}

# offered_by_zsh KEYS: the same in a zsh. Where Debian's looks for completions, there are no other packages' but Debian's.
offered_by_zsh() {
    mkdir -p "$BATS_TEST_TMPDIR/zsh"
    printf '%s\n' "fpath=(/usr/share/zsh/site-functions \$fpath)" 'autoload -U compinit && compinit -u -D' \
        "PS1='READY> '" 'unset zle_bracketed_paste' >"$BATS_TEST_TMPDIR/zsh/.zshrc"
    export ZDOTDIR=$BATS_TEST_TMPDIR/zsh
    type_at "$1" zsh -i
}

# offered_by_fish LINE: what a fish would offer at the end of that line.
offered_by_fish() { run -0 fish --command "complete --do-complete '$1'"; }

# type_at KEYS SHELL…: what that shell shows when someone types KEYS.
type_at() {
    run -0 /usr/bin/python3 - "$@" <<'END'
import os, pty, re, sys

pid, terminal = pty.fork()
if not pid:
    os.environ.update(TERM='dumb', HISTFILE='', COLUMNS='200')
    os.execvp(sys.argv[2], sys.argv[2:])


def shown(until):
    """Return what it shows up to that."""
    text = ''
    while until not in text:
        text += os.read(terminal, 4096).decode()
    return text[:text.index(until)]


shown('READY> ')
keys = sys.argv[1].encode().decode('unicode_escape').encode()
# The line is thrown away, and the next one says that it has seen all keys.
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

@test "zsh offers the same, and says what commands do" {
    install "$A" "$B"

    offered_by_zsh 'kmodkeeper exp\t'
    assert_line '^kmodkeeper explain'

    offered_by_zsh 'kmodkeeper \t\t'
    local command
    for command in $(kmodkeeper help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p'); do assert_line "^$command +-- [A-Z]"; done

    offered_by_zsh "kmodkeeper check --kernel=${B%?.el9*}\\t"
    assert_line "^kmodkeeper check --kernel=$B"

    offered_by_zsh 'kmodkeeper explain next ixg\t'
    assert_line '^kmodkeeper explain next ixgbevf'

    touch "$BATS_TEST_TMPDIR/nic-1.tar.gz"
    offered_by_zsh "kmodkeeper adopt $BATS_TEST_TMPDIR/ni\\t"
    assert_line "^kmodkeeper adopt $BATS_TEST_TMPDIR/nic-1.tar.gz"
}

@test "fish offers the same, and says what commands do" {
    install "$A" "$B"

    offered_by_fish 'kmodkeeper exp'
    [ "$output" = $'explain\tShow the facts behind a verdict' ]

    offered_by_fish 'kmodkeeper status --w'
    [ "$output" = --watch ]

    offered_by_fish 'kmodkeeper log --kernel '
    assert_line "^$A$"
    assert_line "^$B$"
    assert_line '^running$'

    offered_by_fish "kmodkeeper check --kernel=${B%?.el9*}"
    [ "$output" = "--kernel=$B" ]

    offered_by_fish 'kmodkeeper explain next ixg'
    [ "$output" = ixgbevf ]

    touch "$BATS_TEST_TMPDIR/nic-1.tar.gz"
    offered_by_fish "kmodkeeper report --from $BATS_TEST_TMPDIR/ni"
    [ "$output" = "$BATS_TEST_TMPDIR/nic-1.tar.gz" ]
}
