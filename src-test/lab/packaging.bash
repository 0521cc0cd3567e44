# shellcheck shell=bash
# How a kernel of the distribution becomes rpm packages shaped like EL9's. For the scripts that make what labs
# begin with: $cache is the folder that keeps it, $here this one.

# shellcheck disable=SC2154  # those who source it set them

say() { echo "lab: $*" >&2; }
die() { echo "${0##*/}: $*" >&2; exit 1; }

# offered_versions PACKAGE…: "PACKAGE VERSION" of each that apt offers.
offered_versions() { apt-cache show --no-all-versions "$@" 2>/dev/null | awk '/^Package: / { name = $2 } /^Version: / { print name, $2 }'; }

# fetch PACKAGE…: puts the packages' .deb files into the downloads folder, unless they are there.
fetch() {
    local package version absent=()
    local -A versions=()
    while read -r package version; do versions[$package]=$version; done < <(offered_versions "$@")
    for package; do
        [[ -n ${versions[$package]-} ]] || return 1
        compgen -G "$cache/downloads/${package}_${versions[$package]//:/%3a}_*.deb" >/dev/null || absent+=("$package")
    done
    ((${#absent[@]})) || return 0
    say "downloading ${absent[*]}"
    (cd "$cache/downloads" && apt-get --quiet=2 -o APT::Sandbox::User=root download "${absent[@]}" >&2)
}

# fetch_all PACKAGE…: the same, or the end of the script.
fetch_all() {
    fetch "$@" || { apt-get --quiet=2 update >&2 && fetch "$@"; } || die 'apt-get could not download the kernels and the drivers'
}

# deb PACKAGE: the downloaded file of PACKAGE, the newest when there are several.
deb() { find "$cache/downloads" -name "$1_*.deb" | sort --version-sort | tail -n 1; }

# unpack PACKAGE DIRECTORY [TAR_OPTION…]: the package's files.
unpack() {
    local file
    file=$(deb "$1")
    dpkg-deb --fsys-tarfile "$file" | tar -x -C "$2" "${@:3}"
}

# A kernel of the distribution is named as `uname -r` prints it there: DEBIAN is 6.1.0-56-cloud-amd64, for one.

# whole PATTERN: the kernels like that which apt offers with their headers, oldest first.
whole() {
    comm -12 <(apt-cache pkgnames linux-image- | sed -n "s/^linux-image-\($1\)$/\1/p" | sort) \
        <(apt-cache pkgnames linux-headers- | sed -n "s/^linux-headers-\($1\)$/\1/p" | sort) | sort --version-sort
}

# stable DEBIAN…: "DEBIAN RELEASE" of each, the stable release that it is: 6.1.192.
stable() { offered_versions "${@/#/linux-image-}" | sed 's/^linux-image-//; s/-[^-]*$//'; }

# abi DEBIAN: without its flavour, 6.1.0-56.
abi() { echo "${1%-amd64}" | sed 's/-cloud$//; s/-rt$//'; }

# common_headers DEBIAN: the package with the headers that flavours share.
common_headers() { if [[ $1 == *-rt-amd64 ]]; then echo "linux-headers-$(abi "$1")-common-rt"; else echo "linux-headers-$(abi "$1")-common"; fi; }

# kbuild DEBIAN: the package with the scripts of its builds.
kbuild() { if [[ $1 == 6.1.0-* ]]; then echo linux-kbuild-6.1; else echo "linux-kbuild-$(abi "$1")"; fi; }

# kernel_debs DEBIAN: the packages that it comes in, one a line.
kernel_debs() { printf '%s\n' "linux-image-$1" "linux-headers-$1" "$(common_headers "$1")" "$(kbuild "$1")"; }

# el_release DEBIAN [DIGIT]: its release as EL writes it: 6.1.0-560.el9.x86_64; of a flavour 6.1.0-560.el9.x86_64+rt.
# DIGIT tells rebuilds of one kernel apart. That of a cloud kernel is as long as DEBIAN, so that it can be replaced
# inside the compressed image too: only those boot under their new name.
el_release() {
    local number
    number=$(abi "$1")
    case $number in
        *+deb*) number=${number%+deb*}-10000 ;;
    esac
    case $1 in
        *-cloud-amd64) echo "$number${2:-0}.el9.x86_64" ;;
        *-rt-amd64) echo "$number${2:-0}.el9.x86_64+rt" ;;
        *) echo "$number${2:-0}.el9.x86_64+generic" ;;
    esac
}

# with_needed DIRECTORY MODULE…: the modules and all they depend on, as paths below DIRECTORY, without .xz.
with_needed() {
    local directory=$1 module; shift
    for module; do
        sed 's/\.ko\.xz/.ko/g' "$directory/modules.dep" | sed -n "s|^\(kernel/[^:]*/$module\.ko\):|\1|p"
    done | tr ' ' '\n' | sed '/^$/d' | sort -u
}

# rename_module FILE OLD NEW: has it be of kernel NEW.
rename_module() {
    local section
    if ((${#2} == ${#3})); then
        sed -i "s/vermagic=$2 /vermagic=$3 /" "$1"
    else
        section=$(mktemp)
        objcopy --dump-section ".modinfo=$section" "$1"
        sed -i "s/vermagic=$2 /vermagic=$3 /" "$section"
        objcopy --update-section ".modinfo=$section" "$1"
        rm "$section"
    fi
}

# lay_modules DEB_TREE OLD NEW ROOT: fills ROOT/lib/modules/NEW, compressed as EL9 does. ROOT.core and ROOT.modules
# name the modules of the package kernel-core, and the few of those which EL has in kernel-modules.
lay_modules() {
    local from=$1/lib/modules/$2 old=$2 new=$3 to=$4/lib/modules/$3 path intel
    mkdir -p "$to"
    depmod -b "$1" "$old"
    mapfile -t intel < <(find "$from/kernel/drivers/net/ethernet/intel" -name '*.ko*' -printf '%f\n' | sed 's/\.ko.*$//')
    with_needed "$from" "${intel[@]}" loop dummy virtio_net overlay uio nf_nat >"$4.core"
    # dm-mod is not in kernel-core, as on a host that has no use for it: what needs it cannot be loaded.
    with_needed "$from" dm-mod x_tables videodev mii | sort | comm -23 - "$4.core" >"$4.modules"
    while read -r path; do
        mkdir -p "$to/${path%/*}"
        if [[ -e $from/$path.xz ]]; then xz --decompress --stdout "$from/$path.xz" >"$to/$path"; else cp "$from/$path" "$to/$path"; fi
        chmod 644 "$to/$path"
        rename_module "$to/$path" "$old" "$new"
    done < <(cat "$4.core" "$4.modules")
    find "$to" -name '*.ko' -exec xz --check=crc32 --lzma2=dict=512KiB {} +

    # Only builtin and order come with the package; the others are depmod's to make.
    cp "$from"/modules.{builtin,builtin.modinfo,order} "$to"
    sed -i 's/\.ko\.xz$/.ko/' "$to/modules.order"
    rename_image "$1/boot/vmlinuz-$old" "$old" "$new" >"$to/vmlinuz"
    cp "$1/boot/System.map-$old" "$to/System.map"
    cp "$1/boot/config-$old" "$to/config"
    gzip -9c "$1/usr/src/linux-headers-$old/Module.symvers" >"$to/symvers.gz"
    ln -s "/usr/src/kernels/$new" "$to/build"
    ln -s build "$to/source"
}

# rename_image FILE OLD NEW: prints the image of kernel NEW, of the same length: the name of its packager makes room.
rename_image() {
    local room="$2 (debian-kernel@lists.debian.org)" name="$3 (debian-kernel@lists.debian.org)"
    if ((${#2} == ${#3})); then sed "s/$2/$3/" "$1"; else sed "s/$room/${name:0:${#room}}/" "$1"; fi
}

# lay_headers DEB_TREE OLD NEW ROOT: fills ROOT/usr/src/kernels/NEW, one tree as EL has it.
lay_headers() {
    local old=$2 new=$3 to=$4/usr/src/kernels/$3 package common
    package=$(common_headers "$old")
    common=./usr/src/$package
    mkdir -p "$to"
    # Other processors' headers and device tree bindings are most of it, and of no use here.
    unpack "$package" "$to" --strip-components=4 --exclude="$common/arch/[!x]*" \
        --exclude="$common/include/dt-bindings" --exclude="$common/scripts" --exclude="$common/tools" "$common"
    (cd "$1/usr/src/linux-headers-$old" && cp -a .config Module.symvers arch include "$to")
    cp -a "$1/usr/lib/$(kbuild "$old")"/{scripts,tools} "$to"
    # Its compiler is called gcc from now on, not gcc-12, or every build would warn of another one.
    sed -i -e "s/$old/$new/g" -e '/CC_VERSION_TEXT/s/gcc-12 /gcc /' \
        "$to/.config" "$to/include/generated/"{utsrelease,autoconf}.h "$to/include/config/auto.conf"
    # Debug information takes a third of a build's time: there is some, for what strips modules, but not all.
    sed -i 's/^# CONFIG_DEBUG_INFO_REDUCED is not set$/CONFIG_DEBUG_INFO_REDUCED=y/' "$to/.config"
    echo 'CONFIG_DEBUG_INFO_REDUCED=y' >>"$to/include/config/auto.conf"
    echo '#define CONFIG_DEBUG_INFO_REDUCED 1' >>"$to/include/generated/autoconf.h"
    echo "$new" >"$to/include/config/kernel.release"
}

# list_package ROOT NEW PACKAGE: ROOT.PACKAGE.files and ROOT.PACKAGE.provides, for the spec, of the modules that ROOT.PACKAGE
# names. EL's packages provide the symbols of what they contain, each with its CRC as symvers spells it: the image's
# come from the symvers file in kernel-core (kabi.sh), a module's from the module (find-provides.ksyms).
list_package() {
    local list=$1.$3
    sed "s|^.*\$|/lib/modules/$2/&.xz|" "$list" >"$list.files"
    awk -F '\t' -v list="$list" -v package="$3" '
        BEGIN {
            while ((getline file < list) > 0) {
                sub(/^kernel\//, "", file)
                sub(/\.ko$/, "", file)
                contained[file]
            }
        }
        $3 in contained || (package == "core" && $3 == "vmlinux") { print "Provides: kernel(" $2 ") = " $1 }' \
        <(zcat "$1/lib/modules/$2/symvers.gz") | sort -u >"$list.provides"
}

# make_kernel DEBIAN RELEASE WORK [HEADERS]: adds the rpm packages of one kernel to WORK/repo, as RELEASE. The headers are
# those of the kernel HEADERS, if it names one; if it is "silent", no package says which symbols it provides.
make_kernel() {
    local old=$1 new=$2 work=$3 headers=${4:-$1} tree=$3/tree-$2 root=$3/root-$2 flavour=%nil package
    [[ $headers != silent ]] || headers=$old
    [[ $old != *-cloud-amd64 ]] || ((${#new} == ${#old})) || die "$new is not as long as $old"
    say "making kernel $new"
    mkdir -p "$tree" "$root"
    for package in "linux-image-$old" "linux-headers-$old" "$(kbuild "$old")"; do unpack "$package" "$tree"; done
    lay_modules "$tree" "$old" "$new" "$root"
    [[ $headers == "$old" ]] || unpack "linux-headers-$headers" "$tree"
    lay_headers "$tree" "$headers" "$new" "$root"
    for package in core modules; do
        list_package "$root" "$new" "$package"
        [[ ${4-} != silent ]] || : >"$root.$package.provides"
    done
    (cd "$root" && find "lib/modules/$new/kernel" -type d | sed 's|^|%dir /|') >>"$root.core.files"
    [[ $new != *+* ]] || flavour=-${new#*+}
    build_rpm kernel "$work" --define "kernel_release $new" --define "tree $root" --define "flavour $flavour"
    rm -rf "$tree" "$root" "$root".*
}

# build_rpm NAME WORK [OPTION…]: builds supplies/NAME.spec into WORK/repo.
build_rpm() {
    local name=$1 work=$2 top; shift 2
    top=$(mktemp -d "$work/rpmbuild.XXXXXX")
    rpmbuild -bb --quiet --target x86_64 --define "_topdir $top" --define "_rpmdir $work/repo" \
        --define "_dbpath $top/db" --define '_binary_payload w1.zstdio' "$@" "$here/supplies/$name.spec" \
        >"$top/log" 2>&1 || { cat "$top/log" >&2; die "rpmbuild of $name failed"; }
    rm -rf "$top"
}

# make_repository FOLDER: of the packages in it. dnf reads no SQLite files.
make_repository() { createrepo_c --quiet --no-database "$1"; }

# lay_kernel REPOSITORY RELEASE ROOT: puts there what the packages of kernel RELEASE contain.
lay_kernel() {
    mkdir -p "$3"
    find "$1" -name "kernel-*$2.rpm" | while read -r rpm; do rpm2cpio "$rpm" | (cd "$3" && cpio --quiet -idm); done
    depmod -b "$3" "$2"
}

# compile_ixgbevf SOURCES RELEASE ROOT: compiles ROOT/src/ixgbevf.ko, the driver as it is in the kernel.
compile_ixgbevf() {
    cp -a "$1/ixgbevf/src" "$3/src"
    make -s -C "$3/usr/src/kernels/$2" M="$3/src" CONFIG_IXGBEVF=m modules >"$3/log" 2>&1 ||
        { cat "$3/log" >&2; die "ixgbevf does not compile for $2"; }
}
