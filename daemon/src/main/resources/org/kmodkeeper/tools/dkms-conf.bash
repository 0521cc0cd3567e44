# Reads a dkms.conf, or builds by it, the way dkms does (read_conf, prepare_build and actual_build of
# dkms 3.0.10). dkms.conf is bash, and MAKE may use every variable set here, so only bash can read it.
#
# describe: prints NUL-separated pairs, a key and its value, on stdout.
# build:    runs CLEAN, the patches, PRE_BUILD, MAKE and POST_BUILD in the private build directory.
set -u
kk_action=$1 kk_conf=$2 kk_make=$3 kk_jobs=$4
kernelver=$5 arch=$6 kernel_source_dir=$7 dkms_tree=$8 source_tree=$9 module=${10} module_version=${11}
kk_etc=${12}
kernel_config=$kernel_source_dir/.config
kk_build=$dkms_tree/$module/$module_version/build
exec 3>&1 1>&2

kk_source() {
  set +u
  # shellcheck disable=SC1090  # the file is the caller's
  if [ -e "$1" ]; then . "$1" 3>&- || { echo "$1: bash could not read it" >&2; exit 4; }; fi
  set -u
}

declare -a MAKE=() MAKE_MATCH=() PATCH=() PATCH_MATCH=() STRIP=()
declare -a BUILT_MODULE_NAME=() BUILT_MODULE_LOCATION=() DEST_MODULE_NAME=() DEST_MODULE_LOCATION=()
PACKAGE_NAME=$module CLEAN='' PRE_BUILD='' POST_BUILD=''
sign_file='' mok_signing_key='' mok_certificate=''
for kk_file in "$kk_etc/framework.conf" "$kk_etc"/framework.conf.d/*.conf; do
  kk_source "$kk_file"
done
# A framework.conf may move dkms's own trees; ours stay where this build is.
# shellcheck disable=SC2034  # a dkms.conf may use it
dkms_tree=$8 source_tree=$9
for kk_file in "$kk_conf" "$kk_etc/$module.conf" "$kk_etc/$module-$module_version.conf" \
  "$kk_etc/$module-$module_version-$kernelver.conf" \
  "$kk_etc/$module-$module_version-$kernelver-$arch.conf"; do
  kk_source "$kk_file"
done

# Which MAKE: the last one whose MAKE_MATCH fits the kernel, else the first.
kk_command=''
[ -n "${MAKE_MATCH[0]-}" ] || kk_command=${MAKE[0]-}
for kk_i in "${!MAKE[@]}"; do
  if [[ -n ${MAKE[kk_i]} && -n ${MAKE_MATCH[kk_i]-} && $kernelver =~ ${MAKE_MATCH[kk_i]} ]]; then
    kk_command=${MAKE[kk_i]}
  fi
done
[ -z "$kk_make" ] || kk_command=$kk_make
if [ -z "$kk_command" ]; then
  kk_where=$kk_build
  # A vendor's archive often keeps the module's sources one level down.
  [ -e "$kk_build/Makefile" ] || [ -e "$kk_build/Kbuild" ] || kk_where=$kk_build/src
  kk_command="make -C $kernel_source_dir M=$kk_where modules"
fi
kk_compiler=''
if grep -qs '^CONFIG_CC_IS_CLANG=y' "$kernel_config"; then kk_compiler=' CC=clang'; fi
if grep -qs '^CONFIG_LD_IS_LLD=y' "$kernel_config"; then kk_compiler+=' LD=ld.lld'; fi
kk_command+=$kk_compiler

kk_count=0
for kk_n in ${#BUILT_MODULE_NAME[@]} ${#BUILT_MODULE_LOCATION[@]} ${#DEST_MODULE_NAME[@]} \
  ${#DEST_MODULE_LOCATION[@]}; do
  ((kk_n <= kk_count)) || kk_count=$kk_n
done

kk_put() { printf '%s\0' "$@" >&3; }

kk_describe() {
  local i built place strip
  for ((i = 0; i < kk_count; i++)); do
    built=${BUILT_MODULE_NAME[i]-}
    if [ -z "$built" ] && ((${#DEST_MODULE_LOCATION[@]} == 1)); then built=$PACKAGE_NAME; fi
    [ -n "$built" ] || continue
    place=${BUILT_MODULE_LOCATION[i]-}
    strip=${STRIP[i]-${STRIP[0]-yes}}
    kk_put module "${DEST_MODULE_NAME[i]:-$built}" built "${place%/}${place:+/}$built.ko" \
      strip "$strip"
  done
  kk_put sign_file "$sign_file" key "$mok_signing_key" certificate "$mok_certificate"
}

kk_run() {
  echo "+ $1"
  eval "$1"
}

# Unquoted, as dkms runs it: the first word is the script, the others are its arguments.
kk_script() {
  [ -n "$1" ] && [ -x "${1%% *}" ] || return 0
  # shellcheck disable=SC2086
  (set -x; exec ./$1) || exit 8
}

kk_build() {
  local i
  cd "$kk_build" || exit 8
  for i in "${!PATCH[@]}"; do
    [[ -n ${PATCH[i]} ]] || continue
    [[ -z ${PATCH_MATCH[i]-} || $kernelver =~ ${PATCH_MATCH[i]} ]] || continue
    kk_run "patch -p1 < patches/${PATCH[i]}" || exit 6
  done
  kk_script "$PRE_BUILD"
  if [ -n "$CLEAN" ]; then (kk_run "$CLEAN") || true; fi
  export MAKEFLAGS="-j$kk_jobs"
  (kk_run "${kk_command/#make/make KERNELRELEASE=$kernelver}") || exit 10
  kk_script "$POST_BUILD"
}

set +u
"kk_$kk_action"
