# Sources that choose their kernel in the ways in which vendors' makefiles do: each gets the kernel that it is built
# for, never the running one, which has no headers here, or those of another kernel.
load lab

# vendor NAME [DKMS.CONF LINE…]: a driver NAME 1.0 of a few lines in the working directory, kept by kmodkeeper.
# stdin is its makefile; a module that was configured for another kernel than it is built for does not compile.
vendor() {
    local name=$1
    shift
    mkdir -p "/usr/src/$name-1.0"
    cd "/usr/src/$name-1.0" || return
    cat >Makefile
    cat >"$name.c" <<'EOF'
#include <linux/module.h>
#include <generated/utsrelease.h>
#ifdef CONFIGURED_FOR
_Static_assert(!__builtin_strcmp(CONFIGURED_FOR, UTS_RELEASE), "configured for another kernel");
#endif
MODULE_LICENSE("GPL");
EOF
    printf '%s\n' "PACKAGE_NAME=$name" PACKAGE_VERSION=1.0 AUTOINSTALL=yes "BUILT_MODULE_NAME[0]=$name" \
        'DEST_MODULE_LOCATION[0]=/extra' "$@" >dkms.conf
    vendors+=("$name")
}

# keep REMEDY: all of them are kept, by that remedy alone.
keep() {
    local name
    for name in "${vendors[@]}"; do
        [ -d "/var/lib/dkms/$name" ] || dkms add "$name/1.0" >/dev/null
        keep_driver "$name" "remedies = $1"
    done
}

# unpack_vendors: one of each kind. A makefile that is run by dkms in its usual way is not the makefile's own mode;
# so those that have one are run with 'make' in quotes, as some vendors do it.
# shellcheck disable=SC2016  # for dkms and make to expand
unpack_vendors() {
    # By uname alone.
    vendor byuname "MAKE[0]=\"'make' modules\"" 'CLEAN="make clean"' <<'EOF'
ifneq ($(KERNELRELEASE),)
obj-m := byuname.o
else
KVER = $(shell uname -r)
modules:
	$(MAKE) -C /lib/modules/$(KVER)/build M=$(CURDIR) CFLAGS_byuname.o='-DCONFIGURED_FOR=\"$(KVER)\"' modules
clean:
	$(MAKE) -C /lib/modules/$(KVER)/build M=$(CURDIR) clean
endif
EOF
    # By the whole path of uname, in an environment of its own.
    vendor bypath "MAKE[0]=\"'make' modules\"" <<'EOF'
ifneq ($(KERNELRELEASE),)
obj-m := bypath.o
else
modules:
	$(MAKE) -C /lib/modules/$(shell env -i /bin/uname -r)/build M=$(CURDIR) modules
endif
EOF
    # By variables that have to be set.
    vendor byvariable "MAKE[0]=\"'make' modules\"" <<'EOF'
ifneq ($(KERNELRELEASE),)
obj-m := byvariable.o
else
needed := BUILD_KERNEL KVER KVERSION KERNEL_VERSION KDIR KSRC KERNELDIR KERNEL_DIR KERNEL_SRC
$(foreach name,$(needed),$(if $($(name)),,$(error $(name) is not set)))
ifneq ($(origin KERNELRELEASE) $(origin ARCH),undefined undefined)
$(error KERNELRELEASE or ARCH is set)
endif
modules:
	test $(KVER) = $(BUILD_KERNEL)
	test $(KSRC) -ef /lib/modules/$(KVERSION)/build
	$(MAKE) -C $(KDIR) M=$(CURDIR) CFLAGS_byvariable.o='-DCONFIGURED_FOR=\"$(KERNEL_VERSION)\"' modules
endif
EOF
    # By a configure script, which asks the compiler.
    vendor byconfigure 'PRE_BUILD="configure"' "MAKE[0]=\"'make' modules\"" <<'EOF'
ifneq ($(KERNELRELEASE),)
obj-m := byconfigure.o
ccflags-y := -include $(src)/config.h
else
include config.mk
modules:
	$(MAKE) -C $(KERNEL) M=$(CURDIR) modules
endif
EOF
    cat >configure <<'EOF'
#!/bin/sh
set -e
release=$(cat /proc/sys/kernel/osrelease)
test "$release" = "$(uname --kernel-release)"
echo "KERNEL := /lib/modules/$release/build" >config.mk
echo "#define CONFIGURED_FOR \"$release\"" >config.h
EOF
    chmod +x configure
    # As Intel's: kbuild by dkms.conf, and what it includes looks for its kernel by itself.
    vendor byboth 'BUILT_MODULE_LOCATION[0]=src/' \
        'MAKE[0]="make -C ${kernel_source_dir} M=${dkms_tree}/${PACKAGE_NAME}/${PACKAGE_VERSION}/build/src modules"' \
        'CLEAN="make -C ${kernel_source_dir} M=${dkms_tree}/${PACKAGE_NAME}/${PACKAGE_VERSION}/build/src clean"' <<'EOF'
ifeq (,$(BUILD_KERNEL))
BUILD_KERNEL := $(shell uname -r)
endif
headers := $(firstword $(wildcard /lib/modules/$(BUILD_KERNEL)/build/include/generated/utsrelease.h))
ifeq (,$(headers))
$(warning *** Kernel header files not in any of the expected locations.)
$(error kernel-devel, for building kernel modules and try again)
endif
release := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(headers))
ccflags-y := -DCONFIGURED_FOR='"$(release)"'
obj-m := byboth.o
EOF
    mkdir src
    mv Makefile byboth.c src
    # Two modules, one of which needs the other.
    vendor bytwo 'BUILT_MODULE_NAME[1]=bytwo_core' 'DEST_MODULE_LOCATION[1]=/extra' "MAKE[0]=\"'make' modules\"" <<'EOF'
ifneq ($(KERNELRELEASE),)
obj-m := bytwo.o bytwo_core.o
else
modules:
	$(MAKE) -C $${KDIR:-/lib/modules/`uname -r`/build} M=$(CURDIR) modules
endif
EOF
    printf '%s\n' '#include <linux/module.h>' 'int bytwo_add(int a, int b);' 'int bytwo_add(int a, int b) { return a + b; }' \
        'EXPORT_SYMBOL_GPL(bytwo_add);' 'MODULE_LICENSE("GPL");' >bytwo_core.c
    printf '%s\n' 'int bytwo_add(int a, int b);' 'static int __init begin(void) { return bytwo_add(1, -1); }' \
        'module_init(begin);' >>bytwo.c
    # One that asks whoever sits there.
    vendor byasking "MAKE[0]=\"'make' modules\"" <<'EOF'
ifneq ($(KERNELRELEASE),)
obj-m := byasking.o
else
modules:
	@answer=none; read -p 'Which kernel? ' answer || echo; echo "stdin: $$answer"
	@(read answer </dev/tty) 2>/dev/null || echo 'no terminal'
	$(MAKE) -C /lib/modules/$(shell uname -r)/build M=$(CURDIR) modules
endif
EOF
}

# assert_all_ready RELEASE
assert_all_ready() {
    local name
    for name in "${vendors[@]}"; do
        assert_verdict ready "$1" "$name"
        [[ $(modinfo --field vermagic "$(resolved "$1" "$name")") == "$1 "* ]]
    done
    assert_resolves_in extra "$1" bytwo_core
}

@test "all kinds of vendors' makefiles: dkms builds each for the kernel that is meant, the running one has no headers" {
    [ ! -e "/lib/modules/$(uname -r)/build" ]
    unpack_vendors
    keep dkms

    install "$A"

    wait_for "$A"
    assert_all_ready "$A"
    run -0 dkms status -k "$A"
    [ "$(grep --count ': installed$' <<<"$output")" = "${#vendors[@]}" ]
}

# long
@test "all kinds of vendors' makefiles: so does the direct build, also where the running kernel has headers" {
    unpack_vendors
    # What would compile, and end in a module for another kernel.
    install "$C"
    mkdir -p "/lib/modules/$(uname -r)"
    ln -s "/usr/src/kernels/$C" "/lib/modules/$(uname -r)/build"
    keep direct

    install "$A"

    wait_for "$A"
    assert_all_ready "$A"
    for name in "${vendors[@]}"; do assert_made_by direct "$A" "$name"; done
    run -0 cat "$(field "$A" log byasking)"
    assert_line '^no terminal$'
    assert_line '^stdin: $'
}
