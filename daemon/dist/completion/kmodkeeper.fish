# kmodkeeper: completion for fish. What to offer is known to the completion for bash.

function __kmodkeeper_offer
    set -l word (commandline -ct)
    bash -c '. "$0" && _kmodkeeper_offer "$@"' /usr/share/bash-completion/completions/kmodkeeper (commandline -opc) "$word" 2>/dev/null
end

function __kmodkeeper_wants_file
    set -l offered (__kmodkeeper_offer)
    test "$offered" = FILE
end

complete -c kmodkeeper -f -n 'not __kmodkeeper_wants_file' -a '(__kmodkeeper_offer)'
complete -c kmodkeeper -F -n __kmodkeeper_wants_file
