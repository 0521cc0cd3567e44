# Whatever arrives, the answer is an error that says what, and the next caller is served.
load lab

talk=/lab/here/talk

# The daemon that ran when the scenario began still runs and answers.
assert_serves() {
    [ "$(systemctl show --property MainPID --value kmodkeeper.service)" = "$pid" ] || fail 'the daemon is another one now'
    run -0 "$talk" call org.kmodkeeper.Status
    [ "$(jq 'has("parameters") and (has("error") | not)' <<<"$output")" = true ] || fail "Status answers: $output"
}

setup() {
    "$talk" call org.varlink.service.GetInfo
    pid=$(systemctl show --property MainPID --value kmodkeeper.service)
    mark
}

@test "garbage" {
    run "$talk" garbage
    [ -z "$output" ] || assert_line '"error"'
    assert_serves
}

@test "a message past the limit" {
    run "$talk" oversize
    [ -z "$output" ] || assert_line '"error"'
    assert_serves
}

@test "a half-sent message" {
    run -0 "$talk" half
    assert_serves
}

@test "an unknown method, an unknown interface, a bad parameter" {
    run -0 "$talk" call org.kmodkeeper.Dance
    assert_line '"error": ?"org\.varlink\.service\.MethodNotFound"'
    run -0 "$talk" call org.example.Dance
    assert_line '"error": ?"org\.varlink\.service\.InterfaceNotFound"'
    run -0 "$talk" call org.kmodkeeper.Rebuild '{"kernel": 7}'
    assert_line '"error": ?"org\.varlink\.service\.InvalidParameter"'
    assert_serves
}

@test "an unprivileged caller may ask, not change" {
    nobody() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
    run -0 nobody "$talk" call org.kmodkeeper.Status
    refute_line '"error"'
    run -0 nobody "$talk" call org.kmodkeeper.Notify
    assert_line '"error": ?"org\.varlink\.service\.PermissionDenied"'
    run -0 nobody "$talk" call org.kmodkeeper.Rebuild
    assert_line '"error": ?"org\.varlink\.service\.PermissionDenied"'
    run -0 nobody kmodkeeper status
    assert_serves
}

@test "200 connections at once" {
    run -0 "$talk" crowd 200
    ((output > 0))
    assert_serves
}

@test "without a free descriptor nobody is accepted: the daemon does not spin, and does not fill the log" {
    # ticks: of processor time that the daemon has used, a hundredth of a second each.
    ticks() { read -ra stat <"/proc/$pid/stat" && echo $((stat[13] + stat[14])); }
    prlimit --pid "$pid" --nofile=3:
    before=$(ticks)
    run timeout 4 "$talk" call org.varlink.service.GetInfo
    used=$(($(ticks) - before))
    prlimit --pid "$pid" --nofile=1024:

    ((used < 100)) || fail "$used ticks of 400"
    run -0 journal
    count=$(grep --count 'accepting no callers' <<<"$output")
    ((count <= 2)) || fail "$count lines"
    assert_serves
}

@test "refusals to one user are logged once a minute" {
    for _ in {1..20}; do
        run -0 setpriv --reuid nobody --regid nogroup --clear-groups "$talk" call org.kmodkeeper.Reload
        assert_line PermissionDenied
    done
    run -0 journal
    count=$(grep --count 'refused to pid' <<<"$output")
    ((count >= 1 && count <= 2)) || fail "$count lines"
}

@test "a bad line in the configuration: file:line is logged, the last good one stays" {
    # shellcheck disable=SC2154  # lab.bash sets it
    echo 'remedees = dkms' >>"$conf"
    line=$(wc -l <"$conf")

    systemctl reload kmodkeeper || true

    assert_serves
    run -0 journal
    assert_line "kmodkeeper\.conf:$line: .*remedees"
    place_source 4.18.7
    install "$A"
    wait_for "$A"
    assert_ready "$A"
}
