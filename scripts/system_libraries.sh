#!/bin/sh
# OpenCV's full wheels need libGL and libgthread from the system, and drawing Chinese text needs a font.
# With the word "fonts" those that only make finetune draws with; with the word "test" also PostgreSQL and Chromium, of which tests start their own.
# Installs what is missing where it can (Debian, as root or with sudo), else says what to install.
set -eu

missing=""
have_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }
have_library libGL.so.1 || missing="$missing libgl1"
have_library libgthread-2.0.so.0 || missing="$missing libglib2.0-0"
for font in fonts-wqy-zenhei:wqy/wqy-zenhei.ttc fonts-arphic-uming:arphic/uming.ttc fonts-arphic-ukai:arphic/ukai.ttc \
    fonts-droid-fallback:droid/DroidSansFallbackFull.ttf fonts-dejavu-core:dejavu/DejaVuSans.ttf; do
    [ -e "/usr/share/fonts/truetype/${font#*:}" ] || missing="$missing ${font%%:*}"
done
if [ "${1:-}" = fonts ]; then
    for font in fonts-arphic-gbsn00lp:truetype/arphic-gbsn00lp/gbsn00lp.ttf fonts-wqy-microhei:truetype/wqy/wqy-microhei.ttc \
        fonts-arphic-gkai00mp:truetype/arphic-gkai00mp/gkai00mp.ttf fonts-noto-cjk:opentype/noto/NotoSerifCJK-Bold.ttc \
        fonts-liberation:truetype/liberation/LiberationSerif-Regular.ttf; do
        [ -e "/usr/share/fonts/${font#*:}" ] || missing="$missing ${font%%:*}"
    done
fi
[ "${1:-}" != test ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ "${1:-}" != test ] || command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -n "$missing" ] || exit 0

run=""
[ "$(id -u)" = 0 ] || run="sudo -n"
if command -v apt-get >/dev/null 2>&1 && $run true 2>/dev/null; then
    $run apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "These system packages are missing; install them and try again:$missing" >&2
    case "$missing" in *libgl1*|*libglib2.0-0*) exit 1 ;; esac
fi
