# Many hosts, each with a root, a systemd and a network of its own, see host; this lab is the control node. Ansible and sshd
# are the distribution's.
load lab

export ANSIBLE_COLLECTIONS_PATH=/lab/stage/usr/share/ansible/collections ANSIBLE_NOCOLOR=1 ANSIBLE_PIPELINING=1
# Labs have no systemd-logind, which shutdown asks.
reboot='systemctl start reboot.target --job-mode=replace-irreversibly --no-block'
peers=(/lab/peers/*)
hosts=${#peers[@]}
# Five boots, updates and builds, one after the other.
export BATS_TEST_TIMEOUT
BATS_TEST_TIMEOUT=$(at_most 1200)

setup() {
    local number
    cd "$BATS_TEST_TMPDIR" || return
    mkdir -p /root/.ssh
    await booted "$hosts"
    echo '[fleet]' >inventory
    for ((number = 1; number <= hosts; number++)); do
        sed -n '/BEGIN/,/END/p' "/lab/peers/$number" >"/root/.ssh/host$number"
        echo "192.0.2.$number $(grep '^ssh-' "/lab/peers/$number")" >>/root/.ssh/known_hosts
        echo "host$number ansible_host=192.0.2.$number ansible_ssh_private_key_file=/root/.ssh/host$number" >>inventory
    done
    chmod 600 /root/.ssh/host*
    printf '%s\n' '[fleet:vars]' ansible_user=root ansible_python_interpreter=/usr/bin/python3 \
        "kmodkeeper_reboot_command='$reboot'" >>inventory
}

# said NUMBER: what that host has printed last.
said() { tail -n 1 "/lab/peers/$1"; }

# booted: how many have booted once.
booted() { tail --quiet --lines 1 "${peers[@]}" | grep --count --line-regexp 'boot 1'; }

# on NUMBER COMMAND…: on that host, by ssh; $status and $output are its own.
on() { run ssh -i "/root/.ssh/host$1" "192.0.2.$1" "${@:2}"; }

# play ARG…: $status and $output are ansible-playbook's.
play() {
    run ansible-playbook --inventory inventory "$@"
    echo "$output" >play.log
}

# assert_recap NUMBER FIELDS: in the last play's recap.
assert_recap() { assert_line "^host$1 .*$2"; }

# assert_runs NUMBER RELEASE: that host runs it, boots it next, and has its driver there.
assert_runs() {
    on "$1" 'kmodkeeper status --json'
    [[ $(jq --raw-output '.kernels[] | select(.running and .nextBoot and .bootable) | .release' <<<"$output") == "$2" ]] ||
        fail "host$1: expected $2 to run: $output"
}

# on_disk: what every host has on its disk, without what reading it, being logged in to, and the daemon by itself, leave behind.
on_disk() {
    local number
    for ((number = 1; number <= hosts; number++)); do
        on "$number" "rpm --query --all --queryformat '%{nevra} %{installtime}\n' | sort
            find /boot /etc /lib/modules /usr/src /usr/local /var/lib/dkms /var/lib/kmodkeeper/{sources,store,history.jsonl} -xdev \
                \( -type d -printf '%p %m\n' -o -printf '%p %m %s %T@ %l\n' \) 2>/dev/null | grep -v __pycache__ | sort"
        ((status == 0)) || return
        printf '%s\n' "host$number:" "$output"
    done
}

# remember: what is on the disks now.
remember() { on_disk >before; }

# assert_unchanged: it is as it was when it was last remembered.
assert_unchanged() { diff before <(on_disk) || fail 'this has changed'; }

# environment: LAB_LAYER=ready
# environment: LAB_PEER=host
# environment: LAB_PEERS=5
# long
@test "five hosts, the third one's driver does not compile: the update stops there, and no host is lost" {
    local number
    for number in 1 2 3 4 5; do assert_runs "$number" "$A"; done
    on 3 "echo '#error this source is broken on purpose' >>/usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c; kmodkeeper wait"
    remember

    play --check kmodkeeper.kmodkeeper.rolling_update
    echo "# in check mode: $(grep changed= <<<"$output" | tr -s ' ' | tr '\n' ',')" >&3
    ((status == 0)) || fail "$output"
    assert_recap 1 'changed=1 .*unreachable=0 .*failed=0'
    assert_recap 5 'changed=1 .*unreachable=0 .*failed=0'
    assert_unchanged

    play kmodkeeper.kmodkeeper.rolling_update
    echo "# $(grep -E 'msg.*host3|changed=' <<<"$output" | tr -s ' ')" | sed '2,$s/^/# /' >&3
    ((status == 2)) || fail "$status: $output"
    refute_line 'unreachable=[1-9]'
    assert_recap 1 'changed=2 .*unreachable=0 .*failed=0'
    assert_recap 2 'changed=2 .*unreachable=0 .*failed=0'
    assert_recap 3 'changed=1 .*unreachable=0 .*failed=1'
    assert_line "host3 is not rebooted, its newest kernel is not ready: kernel $C: driver ixgbevf: build-failed: "
    refute_line '^(changed|ok): \[host[45]\]'
    for number in 1 2; do
        assert_runs "$number" "$C"
        [[ $(said "$number") == 'boot 2' ]]
    done
    for number in 3 4 5; do
        assert_runs "$number" "$A"
        [[ $(said "$number") == 'boot 1' ]]
    done
    on 3 'kmodkeeper guard status'
    assert_line "held for +$C"
    for number in 4 5; do
        on "$number" "rpm --query kernel-core-$C"
        ((status == 1))
    done
    run -0 ansible --inventory inventory all --module-name ansible.builtin.ping

    on 3 "sed -i '/broken on purpose/d' /usr/src/ixgbevf-4.18.7/src/ixgbevf_main.c; kmodkeeper notify"
    play kmodkeeper.kmodkeeper.rolling_update
    ((status == 0)) || fail "$status: $output"
    for number in 1 2; do assert_recap "$number" 'changed=0 .*unreachable=0 .*failed=0'; done
    assert_recap 3 'changed=1 .*unreachable=0 .*failed=0'
    for number in 4 5; do assert_recap "$number" 'changed=2 .*unreachable=0 .*failed=0'; done
    for number in 1 2 3 4 5; do assert_runs "$number" "$C"; done

    remember
    play kmodkeeper.kmodkeeper.rolling_update
    ((status == 0)) || fail "$status: $output"
    refute_line '(changed|unreachable|failed)=[1-9]'
    assert_unchanged
}

# role_with LINE…: a play of the role with these variables.
role_with() {
    printf '%s\n' '- hosts: fleet' '  roles:' '    - role: kmodkeeper.kmodkeeper.kmodkeeper' '      vars:' "${@/#/        }" >role.yml
}

# environment: LAB_LAYER=bare
# environment: LAB_PEER=host
# long
@test "the role: installs, configures, adopts and drops; check mode tells and changes nothing, a second run neither" {
    local mode repository=('kmodkeeper_repository_url: file:///lab/packages' 'kmodkeeper_repository_gpgcheck: false')
    local driver=('kmodkeeper_drivers:' '  - name: ixgbevf' '    source: ixgbevf-4.18.7.tar.gz' '    settings: {required: true, reuse: false}')
    on 1 "dnf --assumeyes install kernel-core-$A kernel-devel-$A"
    pack ixgbevf 4.18.7
    role_with "${repository[@]}" "${driver[@]}"

    remember
    play --check --diff role.yml
    ((status == 0)) || fail "$output"
    assert_unchanged
    play role.yml
    ((status == 0)) || fail "$output"
    on 1 "kmodkeeper check --kernel $A; modprobe --set-version $A --show-depends ixgbevf"
    assert_line "^insmod /lib/modules/$A/extra/ixgbevf\.ko"
    remember
    for mode in --diff --check; do
        play "$mode" role.yml
        ((status == 0)) || fail "$output"
        assert_recap 1 'changed=0 .*failed=0'
    done
    assert_unchanged

    # A setting: shown, then written, and the daemon knows it.
    role_with "${repository[@]}" "${driver[@]}" 'kmodkeeper_settings: {resync: 15m, remedies: [stored, direct], install-headers: false}'
    play --check --diff role.yml
    ((status == 0)) || fail "$output"
    assert_line '^\+resync = 15m$'
    assert_line '^\+remedies = stored, direct$'
    assert_line '^\+install-headers = no$'
    assert_unchanged
    play role.yml
    ((status == 0)) || fail "$output"
    assert_line 'RUNNING HANDLER .*Reload kmodkeeper'
    on 1 "kmodkeeper explain newest ixgbevf --json | jq --compact-output .explanations[0].remedies"
    [ "$output" = '["stored","direct"]' ]

    run -0 ansible --inventory inventory fleet --module-name ansible.builtin.setup --args 'filter=ansible_local'
    output=$(jq --compact-output <<<"${output#host1 | SUCCESS => }" '.ansible_facts.ansible_local.kmodkeeper |
        [.reboot.safe, .reboot.exit_status, (.status.kernels | length), .status.bootable]')
    [ "$output" = '[true,0,1,true]' ] || fail "$output"

    # What is wrong is told with its place, and ends the play.
    role_with "${repository[@]}" "${driver[@]}" 'kmodkeeper_settings: {resync: often}'
    play role.yml
    ((status == 2)) || fail "$status: $output"
    assert_line '/etc/kmodkeeper/kmodkeeper\.conf:[0-9]+: .*resync'
    role_with 'kmodkeeper_drivers: [{name: ixgbevf, state: gone}]'
    play role.yml
    ((status == 2)) || fail "$status: $output"
    assert_line 'value of state must be one of: present, absent, got: gone'

    on 1 'sed -i /often/d /etc/kmodkeeper/kmodkeeper.conf'
    role_with "${repository[@]}" 'kmodkeeper_drivers: [{name: ixgbevf, state: absent}]'
    play --check role.yml
    ((status == 0)) || fail "$output"
    assert_recap 1 'changed=[1-9]'
    play role.yml
    ((status == 0)) || fail "$output"
    on 1 "modprobe --set-version $A --show-depends ixgbevf"
    refute_line extra
    play role.yml
    ((status == 0)) || fail "$output"
    assert_recap 1 'changed=0 .*failed=0'
}
