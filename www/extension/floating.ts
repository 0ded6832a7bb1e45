/**
 * The floating panel, in the extension's own frame in a page: the calls of that page.
 *
 * Owns that it shows nothing before the isolated world has said its nonce, and that a click permits something only while the
 * panel is in plain sight. A page that embeds this document itself gets an empty one.
 */
import "../ui/panel";
import { HubSource } from "./panel/hub-source";
import { noticeFor } from "./panel/notice";
import { Sight } from "./panel/sight";
import { isToken, unread } from "./shared/check";

const sheet = document.querySelector<HTMLElement>("#sheet");
const panel = document.querySelector("callseal-panel");
const notice = document.querySelector<HTMLElement>("#notice");

function begin(nonce: string): void {
  if (sheet === null || panel === null) return;
  const sight = new Sight(sheet, (seen) => sheet.toggleAttribute("data-covered", !seen));
  const source = new HubSource({
    nonce,
    isSeen: () => sight.isSeen,
    engine(state) {
      panel.callseal = state.running ? source : null;
      noticeFor(notice, state);
    },
    covered() {
      noticeFor(notice, { running: false, code: "extension/panel-covered" });
    },
  });
  void source.open();
}

window.addEventListener("message", function first(event) {
  const { callseal } = unread(event.data);
  if (event.source !== window.parent || !isToken(callseal)) return;
  window.removeEventListener("message", first);
  begin(callseal);
});
