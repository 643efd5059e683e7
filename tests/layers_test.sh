#!/usr/bin/env bash
# Reads every #include of src/, sandbox/ and storm/ and fails on an arrow that points up or sideways (docs/architecture.md).
#
# Also: heavy foreign headers stay in the .cpp files that own them, files stay short and named after one noun, a header
# says what it is, and nothing is left for later. Before it believes a pass it plants one break of each rule in a copy
# and expects to be told. Run by ctest, or by hand: bash tests/layers_test.sh
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# check <root>: prints each break as "file:line: sentence"; exit code 1 if there is any.
check() {
    (
        cd "$1"
        mapfile -t files < <(find src sandbox storm -type f \( -name '*.cpp' -o -name '*.hpp' \) | LC_ALL=C sort)
        awk "$rules" CMakeLists.txt "${files[@]}"
    )
}

# shellcheck disable=SC2016  # the $ are awk's
rules='
BEGIN {
    may["base"]      = "base"
    may["crypto"]    = "base crypto"
    may["store"]     = "base store"
    may["net"]       = "base net"
    may["jobs"]      = "base store net jobs"
    may["clinics"]   = "base crypto store clinics"
    may["payments"]  = "base crypto store net jobs clinics payments"
    may["daraja"]    = "base crypto net daraja"
    may["meetings"]  = "base crypto net meetings"
    may["messaging"] = "base crypto net messaging"
    may["webhooks"]  = "base crypto store net jobs clinics webhooks"
    may["mpesa"]     = "base crypto store net jobs clinics payments daraja mpesa"
    may["invoices"]  = "base crypto store net jobs clinics payments meetings messaging invoices"
    may["web"]       = may["invoices"] " daraja mpesa webhooks web"
    may["app"]       = may["web"] " app"
    may["sandbox"]   = "base crypto net sandbox"
    may["storm"]     = may["web"] " sandbox storm"  # the whole program and the other side in one process; not app, which starts threads
    for (layer in may) {
        count = split(may[layer], below, " ")
        for (i = 1; i <= count; i++) allowed[layer, below[i]] = 1
    }

    # A foreign header, and the only files that may include it.
    owner["^boost/(asio|beast)[/.]"]     = "^src/net/[^/]*[.]cpp$"
    owner["^boost/url([/.]|$)"]          = "^src/net/[^/]*[.]cpp$"
    owner["^curl/"]                      = "^src/net/[^/]*[.]cpp$"
    owner["^openssl/"]                   = "^src/(net|crypto)/[^/]*[.]cpp$"
    owner["^sodium([/.]|$)"]             = "^src/(crypto|store)/[^/]*[.]cpp$"
    owner["^sqlite3(ext)?[.]h"]          = "^(src/store/[^/]*|storm/memory_disk)[.]cpp$"
    owner["(^|/)(libpq-fe|pg_config)"]   = "^src/store/[^/]*[.]cpp$"
    owner["^boost/json([/.]|$)"]         = "^src/base/json[.]cpp$"
    owner["^spdlog/"]                    = "^src/base/log[.]cpp$"
    owner["^fmt/"]                       = "[.]cpp$"
    owner["^(CLI/|CLI11)"]               = "^(src/app/[^/]*|sandbox/main)[.]cpp$"
    owner["^qrencode[.]h"]               = "^src/web/qr[.]cpp$"
    owner["^toml[+][+]"]                 = "^src/app/[^/]*[.]cpp$"
}

function broken(sentence) { printf "%s:%d: %s\n", FILENAME, FNR, sentence; failures++ }

# CMakeLists.txt: what each library is given must be within what its layer may include.
FILENAME == "CMakeLists.txt" {
    line = $0
    if (line ~ /clinicpro_library[(]/) {
        library = line; sub(/.*clinicpro_library[(]/, "", library); sub(/[ )].*/, "", library)
        list = line ~ /USES/; sub(/.*USES/, "", line)
        if (!(library in may)) broken("library " library " is not a layer; give it a floor in tests/layers_test.sh")
    }
    if (library != "" && list) {
        stop = match(line, /LINKS|EXCEPT|[)]/)
        text = stop ? substr(line, 1, RSTART - 1) : line
        count = split(text, used, " ")
        for (i = 1; i <= count; i++)
            if (!((library, used[i]) in allowed)) broken("CMake gives " library " the layer " used[i] ", which is not below it")
        if (stop) list = 0
    }
    if ($0 ~ /[)]/) library = ""
    next
}

FNR == 1 {
    count = split(FILENAME, part, "/")
    layer = part[1] == "src" ? part[2] : part[1]
    name = part[count]
    header = name ~ /[.]hpp$/
    read++
    if (!(layer in may)) broken("folder " layer " is not a layer; give it a floor in tests/layers_test.sh")
    if (count != (part[1] == "src" ? 3 : 2)) broken("a layer is one flat folder; move this file up")
    if (name ~ /(^|_)(utils?|helpers?|managers?|common|misc)[_.]/) broken("name this file after the one noun in it")
    if (header && $0 !~ /^\/\/ ./) broken("open the file with a comment that says what it is and what it promises")
    if (header) { headers++; unguarded[FILENAME] = 1 }
}

FNR == 401 { broken("over 400 lines: look for the second noun") }
/^#pragma once/ { delete unguarded[FILENAME] }
/(^|[^A-Za-z])(TO[D]O|FIX[M]E|X[X]X)([^A-Za-z]|$)/ { broken("do it now, or write an issue") }

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    quoted = $0 ~ /include[ \t]*"/
    path = $0; sub(/^[^"<]*["<]/, "", path); sub(/[">].*/, "", path)
    first = path; sub(/\/.*/, "", first)
    includes++
    if (quoted || (path ~ /[.]hpp$/ && first in may)) {
        if (path !~ /\// || !(first in may)) broken("include \"" path "\" as \"layer/file.hpp\"")
        else if (!((layer, first) in allowed)) broken(layer " may not include " path ": that arrow points up or sideways")
        else if (path !~ /[.]hpp$/) broken("include headers only, not " path)
    } else {
        for (pattern in owner)
            if (path ~ pattern && FILENAME !~ owner[pattern])
                broken("<" path "> belongs in files that match " owner[pattern])
    }
}

END {
    for (file in unguarded) { printf "%s:1: a header says #pragma once\n", file; failures++ }
    if (read < 10 || includes < 10) { printf "only %d files and %d includes read: is this the checkout?\n", read, includes; failures++ }
    if (failures) exit 1
    printf "%d files and %d includes keep the layers\n", read, includes
}
'

# ---- can it fail? one break of each rule, in a copy ----

copy=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-layers.XXXXXX")
trap 'rm -rf "$copy"' EXIT
fresh_copy() {
    rm -rf "${copy:?}"/*
    (cd "$source_dir" && cp -r CMakeLists.txt src sandbox storm "$copy/")
}

# plant <what must be said> <file> <text>: the text alone, as a new file, must break exactly that rule.
plant() {
    local expected=$1 file=$2 text=$3 said
    mkdir -p "$copy/${file%/*}"
    printf '%b' "$text" >"$copy/$file"
    said=$(check "$copy" | grep -F "$file:" || true)
    rm "$copy/$file"
    if [[ $said != *"$expected"* || $(wc -l <<<"$said") -ne 1 ]]; then
        printf 'the test itself is broken: planted %q in %s, expected "%s", heard "%s"\n' "$text" "$file" "$expected" "$said"
        exit 1
    fi
}

fresh_copy
arrow='points up or sideways'
for pair in base:crypto crypto:store store:net net:store jobs:clinics clinics:net payments:daraja daraja:payments \
    daraja:store meetings:messaging messaging:jobs mpesa:invoices mpesa:meetings invoices:mpesa invoices:daraja \
    web:app sandbox:daraja sandbox:jobs; do
    folder=src/${pair%:*}
    [[ $pair != sandbox:* ]] || folder=sandbox
    plant "$arrow" "$folder/planted.cpp" "// planted\n#include \"${pair#*:}/planted.hpp\"\n"
done
plant "$arrow" src/daraja/planted.hpp '// planted\n#pragma once\n#  include <store/database.hpp>\n'
plant 'as "layer/file.hpp"' src/net/planted.cpp '// planted\n#include "router.hpp"\n'
plant 'headers only' src/net/planted.cpp '// planted\n#include "net/router.cpp"\n'
plant 'belongs in files' src/net/planted.hpp '// planted\n#pragma once\n#include <boost/beast/http.hpp>\n'
plant 'belongs in files' src/web/planted.cpp '// planted\n#include <boost/asio.hpp>\n'
plant 'belongs in files' src/meetings/planted.cpp '// planted\n#include <openssl/evp.h>\n'
plant 'belongs in files' src/messaging/planted.cpp '// planted\n#include <curl/curl.h>\n'
plant 'belongs in files' src/net/planted.cpp '// planted\n#include <sodium.h>\n'
plant 'belongs in files' src/jobs/planted.cpp '// planted\n#include <sqlite3.h>\n'
plant 'belongs in files' src/jobs/planted.cpp '// planted\n#include <postgresql/libpq-fe.h>\n'
plant 'belongs in files' src/net/planted.cpp '// planted\n#include <spdlog/spdlog.h>\n'
plant 'belongs in files' src/daraja/planted.cpp '// planted\n#include <boost/json.hpp>\n'
plant 'belongs in files' src/base/planted.hpp '// planted\n#pragma once\n#include <fmt/format.h>\n'
plant 'over 400 lines' src/base/planted.cpp "//$(printf ' planted\\n//%.0s' {1..401})"
plant 'says #pragma once' src/base/planted.hpp '// planted\n'
plant 'open the file' src/base/planted.hpp '#pragma once\n'
plant 'one noun' src/base/string_utils.cpp '// planted\n'
plant 'one noun' src/base/helper.cpp '// planted\n'
plant 'do it now' src/base/planted.cpp '// planted\n// TO''DO: later\n'
plant 'is not a layer' src/extras/planted.cpp '// planted\n'
plant 'flat folder' src/base/deep/planted.cpp '// planted\n'
sed -i 's/^clinicpro_library(daraja *USES/& store/' "$copy/CMakeLists.txt"
[[ $(check "$copy") == *'CMakeLists.txt:'*'gives daraja the layer store'* ]] ||
    { echo 'the test itself is broken: CMake may link upwards'; exit 1; }

# ---- the checkout ----

check "$source_dir"
