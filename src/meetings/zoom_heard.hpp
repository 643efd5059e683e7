// zoom_heard.hpp: one answer of Zoom's while it is being read; for the adapter's own files only.
#pragma once

#include <string>
#include <string_view>

#include "meetings/zoom_adapter.hpp"
#include "meetings/zoom_meeting.hpp"

namespace clinicpro::meetings {

struct ZoomAdapter::Heard {
    const Operation& operation;
    std::string_view step;
    ZoomMemo memo;
    Instant now;

    // After a create, and after taking one back, only looking can tell; all else may simply be asked again.
    Turn unknown(std::string reason) const {
        const bool look = step == "create" || step == "undo";
        return Answer(Unknown{.how = look ? Unknown::How::kFind : Unknown::How::kRepeat, .reason = std::move(reason)});
    }
    Turn undone() const {
        return Answer(Failed{.fault = Failed::Fault::kConfig, .sentence = memo.why, .retry_at = {}});
    }
    Heard without_last() const {
        Heard rest = *this;
        if (!rest.memo.found.empty()) rest.memo.found.pop_back();
        return rest;
    }
};

}  // namespace clinicpro::meetings
