#!/usr/bin/env bash
# A patient's link in a real browser: at 320 pixels, without JavaScript, in two languages, from our page through the button to a
# provider on another origin (a Content-Security-Policy that is too strict breaks exactly that, and no other test would see it).
# Run by hand or by CI: BUILD_DIR=build/release tests/browser.sh (needs chromium and node; SHOTS=folder keeps pictures). ./dev test does
# not run it, so that a clean machine need not install a browser.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin
# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
for program in chromium node python3; do
    command -v $program >/dev/null || fail "This needs $program: apt-get install chromium nodejs python3."
done
open_stage

# The provider: any page on another origin will do.
mkdir "$stage/provider"
echo '<!doctype html><title>room</title>a room' >"$stage/provider/index.html"
provider_port=$(free_port)
python3 - "$provider_port" "$stage/provider" >/dev/null 2>&1 <<'PROVIDER' &
import functools, http.server, sys
class Rooms(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path):  # every room is the same page
        return self.directory + '/index.html'
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), functools.partial(Rooms, directory=sys.argv[2])).serve_forever()
PROVIDER
sandbox_pid=$!  # close_stage ends it

start_server
clinicpro clinic create mlimani --name "Mlimani Clinic" >/dev/null
give_key mlimani
api mlimani PUT /meeting-provider "{\"provider\":\"simple\",\"base_url\":\"http://127.0.0.1:$provider_port\"}" >/dev/null
patient=$(api mlimani POST /patients '{"name":"Achieng","phone":"0712345678"}' | jq -r .id)
appointment=$(api mlimani POST /appointments "{\"patient_id\":\"$patient\",\"kind\":\"virtual\",
    \"starts_at\":\"$(date -u -d '+5 minutes' +%FT%TZ)\",\"ends_at\":\"$(date -u -d '+35 minutes' +%FT%TZ)\"}" | jq -r .id)
link=$(api mlimani POST "/appointments/$appointment/confirm" | jq -r .join_url)
for _ in {1..200}; do
    [[ $(api mlimani GET "/appointments/$appointment" | jq -r '.meeting.has_link') != true ]] || break
    sleep 0.05
done
node "$here/web/browser.mjs" "$link" "127.0.0.1:$provider_port" "${SHOTS:-}"
[[ $(api mlimani GET /audit?limit=1 | jq -r '.items[0].action') == meeting.opened ]] || fail "Opening the door left no audit entry."
[[ $(api mlimani GET /audit | jq '[.items[] | select(.action == "meeting.opened")] | length') == 1 ]] ||
    fail "The door was opened more than once: looking opened it."
echo 'The browser reached the provider through our page.'
