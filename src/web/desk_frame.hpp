// desk_frame.hpp: what stands around every page of the desk: the menu, who is signed in, and what just happened.
#pragma once

#include "web/desk.hpp"
#include "web/page_frame.hpp"

namespace clinicpro::web::front_desk {

Page framed(const Call& call, const Shown& shown);

}  // namespace clinicpro::web::front_desk
