#!/usr/bin/env bash
# Many requests at once by one curl. Sourced by tests that need hundreds of visits; wants $stage of demo/stage.sh.

# transfer <tag> <url> <body> <header>...: one request for `many`, on standard output. The answer stands in
# $stage/answers/<tag with dots for blanks>.
transfer() {
    local tag=$1 url=$2 body=$3 header
    body=${body//\\/\\\\}
    printf 'url = "%s"\ndata = "%s"\nmax-time = 20\noutput = "%s"\nwrite-out = "%%{http_code} %s\\n"\n' "$url" \
        "${body//\"/\\\"}" "$stage/answers/${tag// /.}" "$tag"
    for header in 'Content-Type: application/json' "${@:4}"; do printf 'header = "%s"\n' "$header"; done
    echo next
}
# many <file>: sends its requests, many at once, each once; prints "STATUS TAG" for each. Status 000: no answer. Some may be
# missing: curl 7.88, its connections cut under it, now and then waits for ever in spite of max-time, and is ended.
many() {
    [[ -s $1 ]] || return 0
    head -n -1 "$1" | timeout -k 5 $((60 + $(grep -c '^next$' "$1") / 4)) curl -sS -Z --parallel-max 12 --no-progress-meter -K - 2>/dev/null || true  # without the last "next"
}

# everything <clinic> <path with a query>: all pages of a list, as one array.
everything() {
    local page next=''
    while :; do
        page=$(api "$1" GET "$2limit=200$next") || return 1
        jq -c '.items[]' <<<"$page"
        next=$(jq -r '.next // empty' <<<"$page")
        [[ -n $next ]] || break
        next="&before=$next"
    done | jq -cs .
}
