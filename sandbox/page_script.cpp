// page_script.cpp: the phone page's script. It asks the control interface once a second and shows what the phone shows.
#include "sandbox/pages.hpp"

namespace clinicpro::sandbox {

const std::string_view kPhoneJs = R"js('use strict';

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search).get('phone');
const state = { phone: asked, checkout: null, ignored: new Set(), shown: {} };

function note(text) { $('note').textContent = text; }

async function ask(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { 'Content-Type': 'application/json' };
    options.body = JSON.stringify(body);
  }
  const response = await fetch('/_sandbox/' + path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail || answer.title || 'The sandbox said ' + response.status + '.');
  return answer;
}

// Runs an action of the user; whatever goes wrong is said on the page.
async function act(action) {
  try {
    note('');
    await action();
    await refresh();
  } catch (error) {
    note(error.message);
  }
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Rebuilds a list only when its data changed, so that focus and screen readers are left in peace.
function changed(name, value) {
  const text = JSON.stringify(value);
  if (state.shown[name] === text) return false;
  state.shown[name] = text;
  return true;
}

function local(phone) { return '0' + phone.slice(3, 6) + ' ' + phone.slice(6, 9) + ' ' + phone.slice(9); }
function money(text) { return 'KES ' + Number(text).toLocaleString('en-KE', { minimumFractionDigits: 2 }); }

function showPhones(customers) {
  if (!changed('phones', [customers.map((c) => [c.phone, c.prompted]), state.phone])) return;
  const focused = document.activeElement ? document.activeElement.dataset.phone : null;
  $('phone-list').replaceChildren(...customers.map((customer) => {
    const button = element('button');
    button.type = 'button';
    button.dataset.phone = customer.phone;
    button.setAttribute('aria-pressed', String(customer.phone === state.phone));
    button.append(element('span', customer.first_name + ' ' + local(customer.phone)));
    if (customer.prompted) button.append(element('span', 'M-PESA', 'flag'));
    button.addEventListener('click', () => act(async () => choose(customer.phone)));
    const item = element('li');
    item.append(button);
    return item;
  }));
  if (focused) {
    const again = $('phone-list').querySelector('[data-phone="' + focused + '"]');
    if (again) again.focus();
  }
}

function choose(phone) {
  state.phone = phone;
  history.replaceState(null, '', '?phone=' + phone);
}

function showPrompt(prompts) {
  const prompt = prompts.find((p) => !state.ignored.has(p.checkout_request_id));
  const before = state.checkout;
  state.checkout = prompt ? prompt.checkout_request_id : null;
  $('prompt').hidden = !prompt;
  if (!prompt || before === state.checkout) return;
  $('prompt-text').textContent = 'Do you want to pay ' + money(prompt.amount) + ' to ' + prompt.merchant +
    ', account no. ' + prompt.account + '?';
  $('pin').value = '';
  $('pin').focus();
}

function showMessages(messages) {
  if (!changed('messages', messages)) return;
  $('messages').replaceChildren(...messages.slice().reverse().map((message) => {
    const item = element('li');
    const time = element('time', message.when);
    time.dateTime = message.at;
    item.append(time, element('span', message.text));
    return item;
  }));
  if (messages.length === 0) $('messages').append(element('li', 'No messages yet.'));
}

async function refresh() {
  const list = (await ask('GET', 'customers')).customers;
  if (!state.phone && list.length > 0) state.phone = list[0].phone;
  showPhones(list);
  const known = list.some((c) => c.phone === state.phone);
  $('handset').hidden = !known;
  if (!known) return;
  const phone = await ask('GET', 'customers/' + state.phone);
  $('owner').textContent = phone.first_name + ' ' + phone.last_name;
  $('number').textContent = local(phone.phone);
  $('balance').textContent = money(phone.balance);
  if (document.activeElement !== $('script')) $('script').value = phone.script.act;
  showPrompt(phone.prompts);
  showMessages(phone.messages);
}

function answer(body) {
  return act(() => ask('POST', 'prompts/' + encodeURIComponent(state.checkout) + '/answer', body));
}

function buildPad() {
  for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'Clear', '0', 'Back']) {
    const button = element('button', key);
    button.type = 'button';
    button.addEventListener('click', () => {
      const pin = $('pin');
      if (key === 'Clear') pin.value = '';
      else if (key === 'Back') pin.value = pin.value.slice(0, -1);
      else if (pin.value.length < 4) pin.value += key;
    });
    $('pad').append(button);
  }
}

async function start() {
  buildPad();
  $('pin-form').addEventListener('submit', (event) => {
    event.preventDefault();
    answer({ pin: $('pin').value });
  });
  $('cancel').addEventListener('click', () => answer({ action: 'cancel' }));
  $('ignore').addEventListener('click', () => act(async () => state.ignored.add(state.checkout)));
  $('add-form').addEventListener('submit', (event) => {
    event.preventDefault();
    act(async () => {
      const made = await ask('PUT', 'customers/' + encodeURIComponent($('add-phone').value), { script: 'manual' });
      $('add-phone').value = '';
      choose(made.phone);
    });
  });
  $('pay-form').addEventListener('submit', (event) => {
    event.preventDefault();
    act(async () => {
      await ask('POST', 'payments', { phone: state.phone, shortcode: $('business').value.trim(),
        account: $('account').value.trim(), amount: $('amount').value.trim() });
      $('amount').value = '';
    });
  });
  $('script').addEventListener('change', () => act(() =>
    ask('PUT', 'customers/' + state.phone + '/script', { act: $('script').value })));
  for (const merchant of (await ask('GET', 'merchants')).merchants) {
    const option = element('option', merchant.name);
    option.value = merchant.till || merchant.shortcode;
    $('merchants').append(option);
  }
  let lost = false;
  for (;;) {
    try {
      await refresh();
      if (lost) note('');
      lost = false;
    } catch (error) {
      lost = true;
      note('The sandbox does not answer: ' + error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

start().catch((error) => note(error.message));
)js";

}  // namespace clinicpro::sandbox
