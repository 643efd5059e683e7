// page_html.cpp: the phone page's only document.
#include "sandbox/pages.hpp"

namespace clinicpro::sandbox {

const std::string_view kPhoneHtml = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox phone</title>
<link rel="stylesheet" href="/phone.css">
<script src="/phone.js" defer></script>
</head>
<body>
<header>
  <h1>Sandbox phone</h1>
  <p>Invented phones, invented money. Nothing here reaches Safaricom.</p>
</header>
<main>
  <section id="phones" aria-labelledby="phones-title">
    <h2 id="phones-title">Phones</h2>
    <ul id="phone-list"></ul>
    <form id="add-form">
      <label for="add-phone">Add a phone</label>
      <div class="row">
        <input id="add-phone" type="tel" inputmode="tel" autocomplete="off" placeholder="0712 345 678" required>
        <button type="submit">Add</button>
      </div>
    </form>
  </section>

  <section id="handset" aria-labelledby="owner" hidden>
    <div id="status">
      <div>
        <h2 id="owner"></h2>
        <p id="number"></p>
      </div>
      <p id="balance"></p>
    </div>

    <section id="prompt" role="alertdialog" aria-labelledby="prompt-title" aria-describedby="prompt-text" hidden>
      <h3 id="prompt-title">M-PESA</h3>
      <p id="prompt-text"></p>
      <form id="pin-form">
        <label for="pin">Enter M-PESA PIN</label>
        <input id="pin" type="password" inputmode="numeric" pattern="[0-9]{4}" maxlength="4" autocomplete="off"
               required>
        <div id="pad" aria-label="PIN pad"></div>
        <div class="row">
          <button type="submit" class="main">OK</button>
          <button type="button" id="cancel">Cancel</button>
          <button type="button" id="ignore">Ignore</button>
        </div>
        <p class="hint">Any four digits pay; 0000 is the wrong PIN.</p>
      </form>
    </section>

    <section id="pay" aria-labelledby="pay-title">
      <h3 id="pay-title">Lipa na M-PESA: Pay Bill</h3>
      <form id="pay-form">
        <label for="business">Business number</label>
        <input id="business" inputmode="numeric" autocomplete="off" list="merchants" required>
        <datalist id="merchants"></datalist>
        <label for="account">Account number</label>
        <input id="account" maxlength="20" autocomplete="off">
        <label for="amount">Amount (KES)</label>
        <input id="amount" inputmode="numeric" pattern="[0-9]+" autocomplete="off" required>
        <button type="submit" class="main">Pay</button>
      </form>
    </section>

    <section aria-labelledby="messages-title">
      <h3 id="messages-title">Messages</h3>
      <ol id="messages" aria-live="polite" tabindex="0" aria-labelledby="messages-title"></ol>
    </section>

    <section aria-labelledby="script-title">
      <h3 id="script-title">When nobody is at this page</h3>
      <label for="script">This phone answers prompts with</label>
      <select id="script">
        <option value="manual">nothing: I answer here</option>
        <option value="pay">the right PIN</option>
        <option value="wrong_pin">a wrong PIN</option>
        <option value="cancel">Cancel</option>
        <option value="no_answer">nothing: it is switched off (1037)</option>
        <option value="ignore">nothing until it expires (1032)</option>
        <option value="no_money">too little money</option>
        <option value="late">the right PIN, but too late</option>
      </select>
    </section>
  </section>
  <p id="note" role="status"></p>
</main>
</body>
</html>
)html";

}  // namespace clinicpro::sandbox
