# A dozen drivers as the distribution packages them for dkms, on two kernels at once.
load lab

# A line for each: driver version: its modules: verdict.
dozen() {
    cat <<'END'
acpi-call 1.2.2: acpi_call: ready
adv-17v35x 5.0.7.0: adv17v35x: ready
ddcci 0.4.2: ddcci ddcci-backlight: excluded
dm-writeboost 2.2.17: dm-writeboost: missing-dependency
dpdk-kmods 0~20220829+git: igb_uio: ready
ipt-netflow 2.6: ipt_NETFLOW: build-failed
librem_ec_acpi 0.9.1: librem_ec_acpi: excluded
nat-rtsp 0.7+5.3: nf_nat_rtsp nf_conntrack_rtsp: ready
tp_smapi 0.43: thinkpad_ec tp_smapi hdaps: ready
v4l2loopback 0.12.7: v4l2loopback: build-failed
west-chamber 20100405+svn20111107.r124: xt_CUI xt_ZHANG xt_gfw: build-failed
xtrx 0.0.1+git20190320.5ae3a3e-3.2: xtrx: ready
END
}

# verdicts RELEASE: "driver version: verdict" for all of which there is a source.
verdicts() {
    kmodkeeper status --json | jq --raw-output --arg release "$1" \
        '.kernels[] | select(.release == $release) | .drivers[] | select(.version) | "\(.driver) \(.version): \(.verdict)"'
}

# assert_as_loaded RELEASE VERDICT MODULE…: the modules would be loaded if that is "ready", and else none of them.
assert_as_loaded() {
    local release=$1 verdict=$2 expected=no module loads file
    [[ $verdict != ready ]] || expected=yes
    run -0 ./would-load "$release" "${@:3}"
    [ "${#lines[@]}" -eq $(($# - 2)) ]
    while read -r module loads file; do
        echo "$release: $module is $verdict, $loads: $file"
        [ "$loads" = "$expected" ]
        [ "$loads" = no ] || [ "$(resolved "$release" "$module")" = "$file" ]
    done <<<"$output"
}

# assert_detail DRIVER PATTERN: so it is told on both kernels.
assert_detail() {
    local release
    for release in "$A" "$B"; do
        output=$(field "$release" detail "$1")
        assert_line "$2"
    done
}

# long
@test "a dozen dkms packages on two kernels: each verdict is what a load would do, and says why not" {
    local release source driver modules verdict
    # What is told shall be of the first tries, however slow the machine is.
    configure retry-first 1h
    cp -r /lab/sources/packages/* /usr/src
    for source in /usr/src/*/dkms.conf; do dkms add "${source%/dkms.conf}" >/dev/null; done
    # Its dkms.conf keeps it off a kernel without video; an operator who insists sees why.
    echo 'BUILD_EXCLUSIVE_KERNEL=""' >/etc/dkms/v4l2loopback.conf

    install "$A" "$B"
    wait_for "$A" "$B"

    for release in "$A" "$B"; do
        diff <(dozen | sed 's/: .*: /: /' | sort) <(verdicts "$release" | sort)
        while IFS=: read -r driver modules verdict; do
            # shellcheck disable=SC2086  # they are words
            assert_as_loaded "$release" "${verdict# }" $modules
            run dkms status -m "${driver% *}" -k "$release"
            case ${verdict# } in
                ready | missing-dependency) assert_line ": installed$" ;;
                *) refute_line ": (built|installed)" ;;
            esac
        done < <(dozen)
    done
    # Registered, but not to be installed by itself.
    run -0 dkms status lime-forensics
    [ "$output" = 'lime-forensics/1.9.1-5: added' ]

    assert_detail ddcci BUILD_EXCLUSIVE_ARCH
    assert_detail librem_ec_acpi BUILD_EXCLUSIVE_CONFIG=CONFIG_HWMON
    assert_detail dm-writeboost 'needs /lib/modules/.*/kernel/drivers/md/dm-mod\.ko, which does not exist'
    assert_detail ipt-netflow 'Can not find iptables version'
    assert_detail v4l2loopback 'ERROR: modpost: "v.*" \[.*v4l2loopback\.ko\] undefined!'
    assert_detail west-chamber 'compat_xtables|xt_CUI'
}
