// page_style.cpp: the phone page's style: one column from 320 px, two from 720 px.
#include "sandbox/pages.hpp"

namespace clinicpro::sandbox {

const std::string_view kPhoneCss = R"css(:root {
  --ink: #16201b; --soft: #4b5a52; --paper: #f3f6f4; --card: #ffffff; --line: #c9d3cd; --green: #0b6b3a; --red: #a31621;
  font: 16px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper);
}
* { box-sizing: border-box; }
body { margin: 0; }
header { padding: .75rem 1rem; background: var(--green); color: #fff; }
h1 { margin: 0; font-size: 1.15rem; }
header p { margin: 0; font-size: .875rem; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; display: grid; gap: 1rem; }
h2, h3 { margin: 0; font-size: 1rem; }
section { min-width: 0; }
#phones, #handset > section, #status {
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem;
}
#handset { display: grid; gap: 1rem; }
[hidden] { display: none !important; }
#phone-list { list-style: none; margin: .5rem 0; padding: 0; display: grid; gap: .375rem; }
#phone-list button {
  width: 100%; text-align: left; display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
  gap: 0 .5rem;
}
#phone-list button[aria-pressed="true"] { border-color: var(--green); box-shadow: inset 4px 0 0 var(--green); }
.flag { color: var(--red); font-weight: 600; }
#status { display: flex; justify-content: space-between; gap: .75rem; flex-wrap: wrap; }
#status p { margin: 0; color: var(--soft); }
#balance { font-weight: 600; }
label { display: block; margin: .5rem 0 .1875rem; font-weight: 600; font-size: .9375rem; }
input, select, button {
  font: inherit; min-height: 2.75rem; border: 1px solid #7d8a83; border-radius: .375rem; background: #fff;
  color: var(--ink);
}
input, select { width: 100%; padding: .375rem .625rem; }
input[type="checkbox"] { width: 1.375rem; min-height: 1.375rem; margin: .25rem .5rem .25rem 0; vertical-align: middle; }
button { padding: .375rem .875rem; cursor: pointer; }
button.main { background: var(--green); border-color: var(--green); color: #fff; font-weight: 600; }
:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
.row { display: flex; gap: .5rem; margin-top: .5rem; flex-wrap: wrap; }
.row input { flex: 1 1 8rem; width: auto; margin: 0; }
.row button { flex: 1 1 4.5rem; }
#pay-form button { margin-top: .75rem; width: 100%; }
#prompt { border: 2px solid var(--green) !important; }
#prompt-text { margin: .375rem 0; }
#pin { font-size: 1.5rem; letter-spacing: .5em; text-align: center; }
#pad { display: grid; grid-template-columns: repeat(3, 1fr); gap: .375rem; margin-top: .5rem; }
.hint { margin: .5rem 0 0; font-size: .875rem; color: var(--soft); }
#messages {
  list-style: none; margin: .5rem 0 0; padding: 0; display: grid; gap: .5rem; max-height: 22rem; overflow: auto;
}
#messages li { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .625rem; overflow-wrap: anywhere; }
#messages time { display: block; font-size: .8125rem; color: var(--soft); }
#phone-list span { white-space: nowrap; }
#note { margin: 0; color: var(--red); font-weight: 600; }
#note:not(:empty) {
  position: sticky; bottom: .5rem; background: var(--card); border: 2px solid var(--red); border-radius: .5rem;
  padding: .625rem;
}
@media (min-width: 720px) {
  main { grid-template-columns: 18rem 1fr; align-items: start; }
  #note { grid-column: 1 / -1; }
  #pad { max-width: 20rem; }
  #pin, #pin-form .row { max-width: 20rem; }
}
)css";

}  // namespace clinicpro::sandbox
