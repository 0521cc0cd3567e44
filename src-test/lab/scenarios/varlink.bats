# Varlink's own clients on kmodkeeper's socket, where the host has them: Debian 12 has neither.
load lab

socket=/run/kmodkeeper/org.kmodkeeper

@test "varlinkctl finds the interface valid, and calls it" {
    varlinkctl help 2>/dev/null | grep --quiet validate-idl || skip 'needs a varlinkctl that validates'
    varlinkctl introspect "unix:$socket" org.kmodkeeper >"$BATS_TEST_TMPDIR/idl"
    varlinkctl validate-idl "$BATS_TEST_TMPDIR/idl"

    run -0 varlinkctl call "unix:$socket" org.kmodkeeper.Status '{}'
    assert_line '"bootable"'
    run ! varlinkctl call "unix:$socket" org.example.Dance '{}'
    assert_line 'InterfaceNotFound|"interface":"org.example"'
}

@test "python3-varlink calls it, with names in place of dictionaries too" {
    python3 -c 'import varlink' 2>/dev/null || skip 'needs python3-varlink'
    run -0 python3 - "unix:$socket" <<'EOF'
import sys
import varlink

with varlink.Client.new_with_address(sys.argv[1]) as client:
    with client.open('org.kmodkeeper') as service:
        assert service.Status()['status']['version'], 'Status'
        assert 'guard' in service.NextBoot()['nextBoot'], 'NextBoot'
    with client.open('org.kmodkeeper', namespaced=True) as service:
        assert service.Status().status.version, 'Status, namespaced'
        assert service.NextBoot().nextBoot.guard, 'NextBoot, namespaced'
        assert list(service.History().entries) == [], 'History'
EOF
}
