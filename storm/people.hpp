// people.hpp: what patients, receptionists, administrators and the operator do, at their own times, by the API alone.
//
// Every deed carries an Idempotency-Key of its own and is repeated with the same key until there is an answer, as a
// sane client does. All of a clinic's luck comes from its own stream.
#pragma once

#include "base/json.hpp"
#include "storm/gate.hpp"

namespace clinicpro::storm {

// Plans everything the people of one clinic will do during the storm.
void plan_people(World& world, Tenant& tenant);
// What the clinic's administrator and its operator change meanwhile.
void plan_administrator(World& world, Tenant& tenant);
// What they do about money that goes back.
void plan_refunds(World& world, Tenant& tenant);
// The refund of this clinic that a transfer is for, as its result address says; 0: none.
int64_t refund_of(const World& world, const Tenant& tenant, const sandbox::Transfer& transfer);
// Plans what the operator does to all.
void plan_operator(World& world);
// A visit that is paid by prompt after the storm: the plain path must work again.
// With `started`, which is told the payment, it may be given back; without, the invoice must be paid at the end.
void plain_visit(World& world, Tenant& tenant, std::function<void(const std::string& payment)> started = {});
// And one whose money goes back: asked for, approved and done.
void plain_refund(World& world, Tenant& tenant);

// Connects the clinic with its meeting provider on the network, by the consent that is good now.
void choose_rooms(World& world, Tenant& tenant);
// Tells the clinic's own system from now on what happens.
void listen(World& world, Tenant& tenant);
// The clinic's M-Pesa settings as the API takes them.
std::string mpesa_body(const Tenant& tenant, bool with_secrets, bool active);

// One request to any living server, repeated until it is answered with less than 500, at most for some minutes.
// `answered` may be empty.
struct Deed {
    std::string method;
    std::string path;  // after /v1/clinics/{number}, or from /v1 when `by_operator`
    std::string body;
    bool by_operator = false;
    std::string key = {};  // Idempotency-Key; drawn when empty
    int person = 0;        // which of the clinic's two
};
void act(World& world, Tenant& tenant, Deed deed, std::function<void(const net::Response&, json::View)> answered = {});

}  // namespace clinicpro::storm
