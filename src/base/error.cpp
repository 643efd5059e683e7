#include "base/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace clinicpro {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::kInvalid: return "invalid";
        case Code::kUnauthorised: return "unauthorised";
        case Code::kForbidden: return "forbidden";
        case Code::kNotFound: return "not_found";
        case Code::kConflict: return "conflict";
        case Code::kTooLarge: return "too_large";
        case Code::kTooMany: return "too_many";
        case Code::kBusy: return "busy";
        case Code::kStorageFull: return "storage_full";
        case Code::kUnavailable: return "unavailable";
        case Code::kUnknown: return "unknown";
        case Code::kConfig: return "config";
        case Code::kInternal: return "internal";
    }
    return "internal";
}

int http_status(Code code) {
    switch (code) {
        case Code::kInvalid: return 422;
        case Code::kUnauthorised: return 401;
        case Code::kForbidden: return 403;
        case Code::kNotFound: return 404;
        case Code::kConflict: return 409;
        case Code::kTooLarge: return 413;
        case Code::kTooMany: return 429;
        case Code::kBusy: return 503;
        case Code::kStorageFull: return 507;
        case Code::kUnavailable: return 503;
        case Code::kUnknown: return 503;
        case Code::kConfig: return 409;
        case Code::kInternal: return 500;
    }
    return 500;
}

// The sysexits.h numbers where one fits, so scripts can tell a typing error from an outage.
int exit_code(Code code) {
    switch (code) {
        case Code::kInvalid: return 64;
        case Code::kUnauthorised: return 77;
        case Code::kForbidden: return 77;
        case Code::kNotFound: return 66;
        case Code::kConflict: return 65;
        case Code::kTooLarge: return 65;
        case Code::kTooMany: return 75;
        case Code::kBusy: return 75;
        case Code::kStorageFull: return 73;
        case Code::kUnavailable: return 69;
        case Code::kUnknown: return 75;
        case Code::kConfig: return 78;
        case Code::kInternal: return 70;
    }
    return 70;
}

void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, expression);
    std::abort();
}

}  // namespace clinicpro
