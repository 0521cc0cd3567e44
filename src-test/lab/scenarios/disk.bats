# A disk that does not take what is to be written: what can be done is done, what cannot is said, and it
# goes on once the disk takes it.
load lab

# fill DIRECTORY…: each becomes a file system of its own with what was in it, and nothing more goes in: no
# byte, and no file.
fill() {
    local directory copy=$BATS_TEST_TMPDIR/copy
    for directory; do
        mkdir -p "$directory" "$copy"
        cp -a "$directory/." "$copy"
        mount -t tmpfs -o "size=100M,nr_inodes=5k,mode=$(stat --format %a "$directory")" small "$directory"
        cp -a "$copy/." "$directory"
        rm -rf "$copy"
        mkdir "$directory/.ballast"
        ! cat /dev/zero >"$directory/.ballast/bytes"
        # By a shell of its own, in which bats does not watch each of thousands of commands.
        bash -c 'while : >"$1/$((number += 1))"; do :; done' fill "$directory/.ballast"
    done 2>/dev/null
}

# make_room DIRECTORY…: they are no longer full.
make_room() { rm -rf "${@/%//.ballast}"; }

# starts: how often the daemon has begun, by the journal of this boot.
starts() { journalctl --sync; journalctl --unit kmodkeeper.service --output cat --no-pager | grep -c ' listens$'; }

# log: all that the daemon has said.
log() { journalctl --sync; journalctl --unit kmodkeeper.service --output cat --no-pager; }

@test "/usr is read-only: nothing is built, the verdict is read-only, and once it is writable the driver gets ready" {
    configure retry-first 1s
    place_source 4.18.7
    stop_daemon
    install "$A"
    remount_usr ro
    start_daemon

    wait_for "$A"
    ((status == 27))
    assert_verdict read-only "$A"
    [[ $(field "$A" detail) == *"it cannot be installed: /lib/modules/$A is mounted read-only" ]]
    run log
    refute_line ' begins, log '

    remount_usr rw
    await is_read_only no
    wait_for "$A"
    assert_ready "$A"
    [ "$(starts)" = 2 ]
}

is_read_only() { [[ $(field "$A" verdict) == read-only ]] && echo yes || echo no; }

@test "/usr becomes read-only while the daemon runs: what is ready stays so, and of what is not it is said" {
    place_source 4.18.7
    /lab/source hello 1.0
    install "$A"
    wait_for "$A"

    remount_usr ro
    keep_driver hello

    wait_for "$A"
    ((status == 27))
    assert_verdict read-only "$A" hello
    assert_ready "$A"
}

@test "/tmp and /var/tmp are noexec: dkms and the direct build work as ever" {
    mount -o remount,noexec /tmp
    mount -t tmpfs -o noexec small /var/tmp
    systemctl restart kmodkeeper.service
    /usr/libexec/kmodkeeper/make-cds
    place_source 4.18.7
    place_driver hello 1.0
    keep_driver hello 'remedies = direct'

    install "$A"

    wait_for "$A"
    assert_ready "$A"
    assert_made_by dkms "$A"
    assert_verdict ready "$A" hello
    assert_made_by direct "$A" hello
}

@test "no room for history and receipts: the driver gets ready, and the history is complete once there is" {
    /lab/source hello 1.0
    keep_driver hello
    stop_daemon
    fill /var/lib/kmodkeeper
    start_daemon

    install "$A" "$B"

    wait_for "$A" "$B"
    assert_verdict ready "$A" hello
    assert_verdict ready "$B" hello
    run log
    assert_line '^cannot write, ignoring: /var/lib/kmodkeeper/history.jsonl: No space left on device$'

    make_room /var/lib/kmodkeeper
    run -0 kmodkeeper rebuild --kernel "$A"
    wait_for "$A"
    stop_daemon
    run -0 kmodkeeper history --kernel "$B" --driver hello
    assert_line 'verdict missing'
    assert_line 'remedy direct ended .*: installed'
}

@test "no room for logs: the driver gets ready" {
    place_source 4.18.7
    place_driver hello 1.0
    keep_driver hello 'remedies = direct'
    fill /var/log/kmodkeeper

    install "$A"

    wait_for "$A"
    assert_ready "$A"
    assert_verdict ready "$A" hello
    run log
    assert_line '^cannot write, ignoring: /var/log/kmodkeeper/.*: No space left on device$'
}

@test "no room in all of /var: said, the daemon stays and can be started anew, and goes on once there is" {
    # On a busy machine a look takes longer too: there shall be a pause between two tries.
    configure retry-first "$(limit 2)s"
    configure retry-longest "$(limit 6)s"
    place_source 4.18.7
    stop_daemon
    install "$A"
    full=(/var/lib/kmodkeeper /var/log/kmodkeeper /var/cache/kmodkeeper /var/lib/dkms /var/tmp)
    fill "${full[@]}"

    start_daemon

    wait_for "$A"
    ((status == 15))
    assert_line 'build-failed: direct: /var/cache/kmodkeeper/build: No space left on device; its log could not be written'
    run -0 systemctl restart kmodkeeper.service
    wait_for "$A"
    ((status == 15))
    [ "$(systemctl show --property NRestarts --value kmodkeeper.service)" = 0 ]

    make_room "${full[@]}"
    await has_begun yes
    wait_for "$A"
    assert_ready "$A"
    [ "$(starts)" = 3 ]
}

# has_begun: whether a build has a log, as none has while there is no room.
has_begun() { compgen -G "/var/log/kmodkeeper/$A/*.log" >/dev/null && echo yes; }

@test "no room to unpack a large module: unknown, which is forgotten once there is room, and nothing is built" {
    configure retry-first 1s
    configure remedies direct
    place_driver hello 1.0
    keep_driver hello
    install "$A"
    wait_for "$A"
    assert_verdict ready "$A" hello
    module=$(resolved "$A" hello)
    xz --decompress --stdout "$module" >/tmp/hello.ko
    head -c 6M /dev/urandom >/tmp/padding
    objcopy --add-section .padding=/tmp/padding /tmp/hello.ko
    stop_daemon
    mount -t tmpfs -o size=1M small /var/cache/kmodkeeper
    xz --check=crc32 --stdout /tmp/hello.ko >"$module"
    mark
    start_daemon

    wait_for "$A"
    assert_verdict unknown "$A" hello
    [[ $(field "$A" detail hello) == *'cannot unpack a module'*'No space left on device'* ]]

    mount -o remount,size=64M /var/cache/kmodkeeper
    is_ready() { field "$A" verdict hello; }
    await is_ready ready
    run journal
    refute_line ' begins, log '
}

@test "a build that would fill the disk is stopped while some of it is free, and leaves nothing behind" {
    /lab/source hello 1.0
    mount -t tmpfs -o size=100M small /var/cache/kmodkeeper
    # Slowly, else the disk would be full before anyone looks.
    # shellcheck disable=SC2016  # for the build to expand
    keep_driver hello 'make = for file in {1..1000}; do head -c 1M /dev/zero >$file; sleep 0.02; done'

    install "$A"

    wait_for "$A"
    ((status == 15))
    [[ $(field "$A" detail hello) == *'stopped: only '*' MiB are left free in /var/cache/kmodkeeper/'* ]]
    [ -z "$(ls -A /var/cache/kmodkeeper/build)" ]
}
