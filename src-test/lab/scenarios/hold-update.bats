# What preflight found out about a kernel, in dnf's own output, and kernels that are left out for it. What the daemon keeps
# of it is written here: no daemon runs.
# environment: LAB_OFFERED=1
# environment: LAB_NO_DAEMON=1
load lab

broken='ixgbevf 4.18.7 does not compile for it (ixgbevf_main.c:4967: error: #error); the next boot stays on another'

# know RELEASE HOLDS LINE [AGE]: that is known of the kernel from now on, as it was found out then: "9 days ago".
know() {
    mkdir -p /var/lib/kmodkeeper
    jq --null-input --arg release "$1" --argjson holds "$2" --arg line "$3" \
        --arg made "$(date --utc --date "${4:-now}" +%FT%TZ)" \
        '{format: 1, made: $made, answers: [],
          kernels: [{release: $release, made: $made, holds: $holds, line: $line, drivers: ["ixgbevf"]}]}' \
        >/var/lib/kmodkeeper/preflight.json
}

# ask_for RELEASE: $output is what dnf says, up to the question whether to install the kernel; the answer is no.
ask_for() {
    output=$(dnf install "$(kernel_packages core "$1")" 2>&1 <<<n) || true
    [[ $output == *'Is this ok'* ]] || fail "dnf did not ask: $output"
    output=${output%%Is this ok*}
}

# has RELEASE: whether the kernel is installed.
has() { rpm --quiet --query "$(kernel_packages core "$1")"; }

@test "the answer for a kernel is said before dnf asks, while it is valid" {
    local line
    place_source 4.18.7

    for line in 'ixgbevf 4.18.7 is ready for it' "$broken"; do
        know "$C" false "$line"
        ask_for "$C"
        [[ $output == *"kmodkeeper: kernel $C: $line"$'\n'* ]] || fail "$output"
    done

    # Too old; older than the source; of another kernel; none.
    know "$C" false "$line" '9 days ago'
    ask_for "$C"
    refute_line kmodkeeper
    know "$C" false "$line" '1 minute ago'
    ask_for "$C"
    refute_line kmodkeeper
    know "$B" false "$line"
    ask_for "$C"
    refute_line kmodkeeper
    echo '{"format": 1' >/var/lib/kmodkeeper/preflight.json
    ask_for "$C"
    refute_line kmodkeeper
}

@test "a kernel without its driver is left out, and the rest is installed" {
    local new=${OFFERED[rebuilt]} held
    install_kernel "$A"
    place_source 4.18.7
    offer rebuilt
    know "$new" true "$broken"
    sed -i 's/^hold-update = no$/hold-update = yes/' /etc/dnf/plugins/kmodkeeper.conf
    held="kmodkeeper: kernel $new is left out (hold-update = yes): $broken; "

    transaction install kernel lab-unrelated
    has "$C"
    run ! has "$new"
    rpm --query lab-unrelated
    # shellcheck disable=SC2154  # bats sets it
    [[ $stderr == *"$held"* ]]

    # It has a meta-package, modules and headers.
    transaction upgrade
    [[ $stderr == *"$held"* ]]
    [ "$(rpm --query --all '*' --queryformat '%{version}-%{release}\n' | grep --count --fixed-strings "${new%.x86_64}")" = 0 ]

    run -1 dnf --assumeyes install "$(kernel_packages core "$new")"
    [[ $output == *"$held"*"use --disableplugin=kmodkeeper or set hold-update = no"* ]]

    # Who looks sees it; and an answer that is too old holds nothing.
    run -0 dnf --quiet repoquery "$(kernel_packages core "$new")"
    assert_line "^kernel-core-.*${new%.x86_64}"
    know "$new" true "$broken" '9 days ago'
    ask_for "$new"
    know "$new" true "$broken"
    transaction --disableplugin=kmodkeeper upgrade
    has "$new"
}
