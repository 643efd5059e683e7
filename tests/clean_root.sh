#!/usr/bin/env bash
# Runs this checkout's HEAD on an empty Debian 12 that has git and nothing else of ours: does ./dev stand on its own?
#
#   tests/clean_root.sh [--root DIR] [--fresh] [--user] [command...]        (default command: ./dev test)
#   tests/clean_root.sh ./dev demo --once
#
# Needs root and debootstrap. The root (default /tmp/cleanroot) is kept, so a second run is quick; --fresh empties it
# first; --user runs the command as a plain user with sudo, not as root. Debian's packages come from the mirror and through
# the proxy that this machine's own apt uses. Mounts live in a mount namespace of their own and processes in a PID
# namespace: both end with the script, however it ends. Not part of ctest: it downloads about 250 MB.
set -euo pipefail

release=bookworm
root=/tmp/cleanroot
fresh=false
as_user=false
while [[ ${1:-} == --* ]]; do
    case $1 in
        --root) root=$(realpath -m "${2:?--root needs a folder}") && shift ;;
        --fresh) fresh=true ;;
        --user) as_user=true ;;
        *) echo "clean_root: no option '$1'; see the top of this file" >&2 && exit 2 ;;
    esac
    shift
done
command=("${@:-./dev}")
(($# > 0)) || command+=(test)
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

((EUID == 0)) || { echo "clean_root: must be root, to make a root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "clean_root: install debootstrap first" >&2; exit 1; }
if [[ -e $root && ! -e $root/.clinicpro-clean-root ]]; then
    echo "clean_root: $root exists and is not ours; name another folder by --root" >&2
    exit 1
fi

# Inside a mount namespace from here on; what is mounted below never shows outside.
if [[ ${CLINICPRO_IN_NAMESPACE:-} != yes ]]; then
    options=(--root "$root")
    if $fresh; then options+=(--fresh); fi
    if $as_user; then options+=(--user); fi
    CLINICPRO_IN_NAMESPACE=yes exec unshare --mount --pid --fork --kill-child --propagation private \
        bash "${BASH_SOURCE[0]}" "${options[@]}" "${command[@]}"
fi

# One line "deb URI suite component" for each Debian source that apt uses here.
# shellcheck disable=SC2016  # the $(...) are apt's
sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)|$(ORIGIN)' 'Created-By: Packages' |
    awk -F'|' -v r="$release" '$2 == "Debian" && $1 ~ " " r { print $1 }' | sort -u)
mirror=$(awk -v r="$release" '$3 == r && $4 == "main" { print $2; exit }' <<<"$sources")
[[ -n $mirror ]] || { echo "clean_root: apt here knows no mirror of $release; run apt-get update" >&2; exit 1; }

if $fresh; then rm -rf --one-file-system "$root"; fi
if [[ ! -e $root/.clinicpro-clean-root ]]; then
    echo "clean_root: making $root"
    mkdir -p "$root"
    touch "$root/.clinicpro-clean-root"
    debootstrap --variant=minbase --include=git,ca-certificates "$release" "$root" "$mirror" >"$root/debootstrap.log" 2>&1 ||
        { tail -n 20 "$root/debootstrap.log" >&2; rm -f "$root/.clinicpro-clean-root"; exit 1; }
fi

# The machine's way to the mirror: sources, apt's network settings, the keys it trusts, names. No passwords are copied.
rm -f "$root"/etc/apt/sources.list.d/*
echo "$sources" >"$root/etc/apt/sources.list"
apt-config dump Acquire | grep -iE '^Acquire::(https?::|Check-)' >"$root/etc/apt/apt.conf.d/90this-machine" || true
cp /etc/apt/trusted.gpg.d/* "$root/etc/apt/trusted.gpg.d/" 2>/dev/null || true
cp /etc/resolv.conf /etc/hosts "$root/etc/"

mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" 2>/dev/null || true

home=/root
who=root
if $as_user; then
    who=clinic
    home=/home/clinic
    if ! chroot "$root" id clinic >/dev/null 2>&1; then
        chroot "$root" sh -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install sudo &&
            useradd --create-home --shell /bin/bash clinic && echo "clinic ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/clinic' \
            >"$root/user.log" 2>&1 || { tail -n 20 "$root/user.log" >&2; exit 1; }
    fi
fi

# A clone of what is committed, as a newcomer has it; a clone that is there moves to this HEAD and keeps its build/.
head=$(git -C "$source_dir" rev-parse HEAD)
[[ -z $(git -C "$source_dir" status --porcelain) ]] || echo "clean_root: note: changes that are not committed are not in the clone"
git -C "$source_dir" bundle create --quiet "$root/clinicpro.bundle" HEAD
chmod a+r "$root/clinicpro.bundle"
# Behind a proxy that this machine trusts by a certificate of its own, the root's npm must trust it too.
authorities=${NODE_EXTRA_CA_CERTS:-$(npm config get cafile 2>/dev/null || true)}
[[ ! -r $authorities ]] || install -m 0644 "$authorities" "$root/authorities.pem"
registry=$(npm config get registry 2>/dev/null | sed -E 's#//[^/@]*@#//#' || true)  # where this machine's npm asks; no password
run() {  # run <shell text>: as that user, in a login-like environment that carries only the proxies
    chroot "$root" env -i HOME="$home" USER="$who" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        ${registry:+npm_config_registry="$registry"} \
        ${authorities:+NODE_EXTRA_CA_CERTS=/authorities.pem} \
        setpriv --reuid "$who" --regid "$who" --init-groups bash -c "$1"
}
run "cd ~ && { [ -d clinicpro/.git ] || git -c advice.detachedHead=false clone -q /clinicpro.bundle clinicpro; } && cd clinicpro &&
    git fetch -q /clinicpro.bundle HEAD && git -c advice.detachedHead=false checkout -qf $head"

echo "clean_root: $who runs '${command[*]}' on $(cat "$root/etc/debian_version") at ${head:0:9}"
began=$SECONDS
status=0
run "cd ~/clinicpro && $(printf '%q ' "${command[@]}")" || status=$?
echo "clean_root: exit code $status after $((SECONDS - began)) s"
exit "$status"
