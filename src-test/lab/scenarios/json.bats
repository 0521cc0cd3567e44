# What programs read: the objects that the commands print, against their schemas, by Debian's python3-jsonschema.
load lab

# assert_valid SCHEMA STATUS COMMAND…: the command prints an object of that schema, and ends with that status.
assert_valid() {
    run --separate-stderr "-$2" kmodkeeper "${@:3}" --json
    echo "$output" >"$BATS_TEST_TMPDIR/object"
    /usr/bin/python3 -W ignore -m jsonschema --instance "$BATS_TEST_TMPDIR/object" "/usr/share/kmodkeeper/json/$1.schema.json" ||
        fail "${*:3}: $output"
}

# environment: LAB_LAYER=hello
@test "each command's object is of its schema, and so is that of a failure" {
    cd "$BATS_TEST_TMPDIR"
    kmodkeeper wait
    assert_valid status 0 status
    assert_valid explain 0 explain newest
    assert_valid history 0 history
    assert_valid store 0 store
    assert_valid preflight 0 preflight --driver hello --depth stored
    run -0 jq '.answers | length' object
    ((output > 0))
    assert_valid doctor 7 doctor
    assert_valid keys-status 0 keys status
    assert_valid guard-status 0 guard status
    assert_valid guard-release 0 guard release

    assert_valid lines 0 check
    assert_valid lines 0 wait
    assert_valid lines 0 log
    [[ $(jq --raw-output '.lines[0]' object) == /var/log/kmodkeeper/$A/hello-* ]]
    assert_valid lines 0 report --html page.html
    assert_valid lines 0 takeover status
    assert_valid lines 0 notify
    assert_valid lines 0 package
    assert_valid lines 0 adopt --dry-run /usr/src/hello-1.0
    assert_valid lines 0 adopt /usr/src/hello-1.0
    assert_valid lines 9 adopt --dry-run /usr/src/hello-1.0
    assert_valid lines 0 drop --dry-run hello
    assert_valid rebuild 0 rebuild --driver hello
    assert_valid error 1 prepare
    assert_valid error 6 status --kernel 7.0
    assert_valid error 2 check --now
    wait_for "$A"

    stop_daemon
    assert_valid status 0 status
    assert_valid explain 0 explain newest
    assert_valid error 3 rebuild
    assert_valid lines 0 prepare
    assert_valid lines 0 drop hello
}
