// @ts-check
/**
 * Kamailio: the registrar and proxy between telephones that speak SIP over UDP and softphones in a browser, which speak it
 * over WebSocket (RFC 7118). Media of telephones goes through rtpengine, as at an operator's border; between two browsers it
 * goes directly.
 *
 * Owns: the configuration, for one address and one run. Must never: change what the parties say of a call but for where
 * their media is.
 *
 * Source: documentation of kamailio 5.6's modules rr, tm, registrar, nathelper, websocket and rtpengine.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listens, tied } from "./process.mjs";

/** The domain of all addresses; nobody asks a name server for it. */
export const DOMAIN = "sip.test";

/** The password of every user, by digest. */
export const PASSWORD = "not-a-secret";

const SIP_PORT = 5060;
const WEBSOCKET_PORT = 5066;

/** What rtpengine makes of the caller's offer, by where it goes: encrypted for a browser, plain G.711 for a telephone. */
const TO_BROWSER = "trust-address replace-origin replace-session-connection ICE=force rtcp-mux-offer rtcp-mux-accept SDES-off DTLS=passive RTP/SAVPF";
const TO_TELEPHONE = "trust-address replace-origin replace-session-connection ICE=remove rtcp-mux-demux RTP/AVP codec-mask-opus codec-mask-red";
const BACK = "trust-address replace-origin replace-session-connection";

/**
 * @param {string} address
 * @param {number} rtpenginePort
 */
const configuration = (address, rtpenginePort) => `#!KAMAILIO
debug=1
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
listen=udp:${address}:${SIP_PORT}
listen=tcp:${address}:${WEBSOCKET_PORT}
alias="${DOMAIN}"
tcp_connection_lifetime=3600
tcp_accept_no_cl=yes
dns=no
rev_dns=no

loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "nathelper.so"
loadmodule "xhttp.so"
loadmodule "websocket.so"
loadmodule "rtpengine.so"

modparam("rtpengine", "rtpengine_sock", "udp:${address}:${rtpenginePort}")
modparam("usrloc", "db_mode", 0)
modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")
modparam("rr", "enable_full_lr", 1)
modparam("rr", "append_fromtag", 1)
modparam("tm", "fr_timer", 5000)
modparam("tm", "fr_inv_timer", 60000)

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (!sanity_check()) { exit; }
  force_rport();
  # A browser's contact leads nowhere: what comes back has to find the socket.
  if (proto == WS) {
    if (is_method("REGISTER")) { fix_nated_register(); }
    else { add_contact_alias(); }
  }
  if (has_totag()) {
    if (loose_route()) {
      handle_ruri_alias();
      if (is_method("INVITE|UPDATE|NOTIFY")) { record_route(); }
      route(RELAY);
    }
    if (is_method("ACK") && t_check_trans()) { route(RELAY); }
    if (!is_method("ACK")) { sl_send_reply("404", "Not here"); }
    exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) { route(RELAY); } exit; }
  t_check_trans();
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("$td", "${PASSWORD}", "0")) { www_challenge("$td", "1"); exit; }
    consume_credentials();
    if (!save("location")) { sl_reply_error(); }
    exit;
  }
  if (is_method("SUBSCRIBE|PUBLISH")) { sl_send_reply("489", "Bad Event"); exit; }
  if (proto == WS) {
    if (!pv_proxy_authenticate("$fd", "${PASSWORD}", "0")) { proxy_challenge("$fd", "1"); exit; }
    consume_credentials();
  }
  record_route();
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  route(RELAY);
}

route[RELAY] {
  t_on_reply("BACK");
  if (is_method("INVITE|UPDATE") && has_body("application/sdp")) { t_on_branch("MEDIA"); }
  if (is_method("INVITE")) { t_on_failure("FAILED"); }
  if (is_method("ACK") && has_body("application/sdp")) { rtpengine_answer("${BACK}"); }
  if (is_method("BYE|CANCEL")) { rtpengine_delete(); }
  if (!t_relay()) { sl_reply_error(); }
  exit;
}

branch_route[MEDIA] {
  $var(to_browser) = 0;
  if ($ru =~ "transport=ws" || $du =~ "transport=ws") { $var(to_browser) = 1; }
  if (proto == WS && $var(to_browser) == 1) { return; }
  if ($var(to_browser) == 1) { rtpengine_offer("${TO_BROWSER}"); }
  else if (proto == WS) { rtpengine_offer("${TO_TELEPHONE}"); }
  else { rtpengine_offer("${BACK} RTP/AVP"); }
}

onreply_route[BACK] {
  if (proto == WS) { add_contact_alias(); }
  if (status =~ "(18[03])|(2[0-9][0-9])" && has_body("application/sdp")) { rtpengine_answer("${BACK}"); }
}

failure_route[FAILED] {
  # A refused hold leaves the call as it was.
  if (!has_totag()) { rtpengine_delete(); }
}

event_route[xhttp:request] {
  set_reply_close();
  set_reply_no_connect();
  if ($hdr(Upgrade) =~ "websocket" && $hdr(Connection) =~ "Upgrade" && $rm =~ "GET") {
    if (ws_handle_handshake()) { exit; }
  }
  xhttp_reply("404", "Not Found", "", "");
}
`;

/**
 * @param {string} folder  of its own
 * @param {{program: string, address: string, rtpenginePort: number}} where
 */
export function kamailio(folder, { program, address, rtpenginePort }) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "kamailio.cfg");
  writeFileSync(file, configuration(address, rtpenginePort));
  // In the foreground, with errors on standard error, 32 MB shared and 8 MB of each process.
  const words = ["-DD", "-E", "-m", "32", "-M", "8", "-Y", folder, "-P", join(folder, "kamailio.pid"), "-f", file];
  const child = tied(program, words, { isReady: () => listens(address, WEBSOCKET_PORT) });
  return {
    sipAddress: `${address}:${SIP_PORT}`,
    socketUrl: `ws://${address}:${WEBSOCKET_PORT}/`,
    start: () => child.start(),
    stop: () => child.stop(),
  };
}
