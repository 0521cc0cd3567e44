# Offline updates (systemd.offline-updates(7)): the host boots into system-update.target, where no daemon of ours runs,
# a package manager installs, and reboots at once.
load lab

setup() {
    ((LAB_BOOT == 1)) || return 0
    mkdir -p /var/log/journal /etc/systemd/system/kmodkeeper-offline.service.d
    sed -i 's/volatile/persistent/' /etc/systemd/journald.conf.d/lab.conf
    systemctl restart systemd-journald.service
    journalctl --flush
    # Let the lab pass for a host of its own.
    printf '[Unit]\nConditionVirtualization=\n' >/etc/systemd/system/kmodkeeper-offline.service.d/lab.conf
    set_up_grub
    configure remedies direct
}

# reboot_lab: the scenario begins again in the next boot.
reboot_lab() {
    journalctl --sync
    touch /lab/again
    systemctl start reboot.target --job-mode=replace-irreversibly --no-block
    skip 'it goes on in the next boot'
}

# plan_update: the next boot installs kernel B. The unit is as dnf-system-upgrade.service of dnf-plugins-extras; what
# it runs reboots from within, as dnf does.
plan_update() {
    mkdir -p /var/lib/system-update /etc/systemd/system/system-update.target.wants
    ln -s /var/lib/system-update /system-update
    cat >/etc/systemd/system/updater.service <<-UNIT
	[Unit]
	Description=System Upgrade
	ConditionPathExists=/system-update
	DefaultDependencies=no
	Requires=sysinit.target
	After=sysinit.target systemd-journald.socket system-update-pre.target
	Before=poweroff.target reboot.target shutdown.target system-update.target

	[Service]
	Type=oneshot
	ExecStart=/lab/updater
	UNIT
    cat >/lab/updater <<-SCRIPT
	#!/bin/bash
	set -eu
	# The lab's script goes away first.
	until [ -e /lab/go ]; do sleep 0.2; done
	rm /system-update
	dnf --assumeyes install $*
	grub-editenv /boot/grub/grubenv set saved_entry=linux-$B
	systemctl start reboot.target --job-mode=replace-irreversibly --no-block
	SCRIPT
    chmod +x /lab/updater
    # The lab's own would wait for the end of the update.
    cat >/etc/systemd/system/ready.service <<-UNIT
	[Unit]
	DefaultDependencies=no
	After=sysinit.target kmodkeeper-offline.service

	[Service]
	ExecStart=/bin/sh -c 'echo running >/lab/ready'
	UNIT
    grub_menu "$B" "$A"
    grub-editenv /boot/grub/grubenv set "saved_entry=linux-$A"
    systemctl daemon-reload
    systemctl --quiet enable kmodkeeper-offline.service
    ln -s ../updater.service ../ready.service /etc/systemd/system/system-update.target.wants/
}

# let_it_update: what boot 2 is for.
let_it_update() {
    [ "$(systemctl is-active kmodkeeper-offline.service)" = active ]
    [ "$(systemctl is-active kmodkeeper.service)" = inactive ]
    [ "$(systemctl is-active updater.service)" = activating ]
    touch /lab/again /lab/go
    skip 'it goes on in the next boot'
}

# offline: what was logged by the unit in the boot before.
offline() { journalctl --boot=-1 --identifier kmodkeeper-offline --output cat --no-pager; }

@test "an offline update brings a kernel whose driver does not build: its reboot is into the old one" {
    case $LAB_BOOT in
        1)
            place_source 4.18.7
            install "$A"
            grub_menu "$A"
            wait_for "$A"
            assert_ready "$A"
            break_source 4.18.7
            plan_update "kernel-core-$B" "kernel-devel-$B"
            reboot_lab
            ;;
        2) let_it_update ;;
    esac

    [ -d "/lib/modules/$B" ]
    [ "$(boots_next)" = "$A" ]
    run -0 offline
    assert_line "^kernel $A boots next until $B is bootable: driver ixgbevf: "
}

@test "an offline update brings a kernel whose driver builds: its reboot is into the new one, which has it" {
    case $LAB_BOOT in
        1)
            place_source 4.18.7
            install "$A"
            grub_menu "$A"
            wait_for "$A"
            plan_update "kernel-core-$B" "kernel-devel-$B"
            reboot_lab
            ;;
        2) let_it_update ;;
    esac

    run -0 offline
    assert_line "^kernel $B: driver ixgbevf 4.18.7: verdict ready"
    assert_line "^kernel $B boots next again"
    [ "$(boots_next)" = "$B" ]
    assert_ready "$B"
}
