// daraja.hpp: all of Safaricom's Daraja protocol, without I/O: intent in, net::ClientRequest out; net::Outcome or the
// bytes of a callback in, meaning out. No database, no clock, no sockets, no threads; every function is pure.
//
// A program that uses it sends the requests itself (net::Client is one way) and keeps what it must remember. Facts come
// from daraja.md, whose section numbers stand at each declaration; nothing here was tried against Safaricom live.
#pragma once

#include "daraja/c2b.hpp"           // paybill and till payments; register, validate, confirm
#include "daraja/callback_url.hpp"  // what Safaricom accepts as a URL
#include "daraja/callbacks.hpp"     // the STK callback
#include "daraja/codes.hpp"         // what a ResultCode means
#include "daraja/environment.hpp"   // hosts
#include "daraja/initiator.hpp"     // SecurityCredential
#include "daraja/oauth.hpp"         // access token
#include "daraja/pull.hpp"          // the last 48 hours
#include "daraja/qr.hpp"            // dynamic QR
#include "daraja/queries.hpp"       // STK query, transaction status, balance
#include "daraja/reply.hpp"         // the ways a call can end
#include "daraja/result.hpp"        // asynchronous results
#include "daraja/stk.hpp"           // push
#include "daraja/transfers.hpp"     // reversal, B2C
