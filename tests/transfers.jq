# Requests for `many` (tests/many.sh), made by the thousand.

# transfer(tag; url; body; headers): one request; its answer stands in $stage/answers/<tag with dots for blanks>. A body is an
# object, or null for none. Wants $stage.
def transfer($tag; $url; $body; $headers):
    "url = \($url | tojson)\ndata = \(if $body == null then "" else $body | tojson end | tojson)\nmax-time = 20\n"
    + "output = \("\($ARGS.named.stage)/answers/\($tag | gsub(" "; "."))" | tojson)\n"
    + "write-out = \("%{http_code} \($tag)\n" | tojson)\n"
    + (["Content-Type: application/json"] + $headers | map("header = \(tojson)\n") | add) + "next";
