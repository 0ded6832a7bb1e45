/**
 * The side panel: every call of every tab.
 *
 * Owns the page around `<callseal-panel>`. Must never be put into a page of a site: it is not a resource that sites reach.
 */
import "../ui/panel";
import { HubSource } from "./panel/hub-source";
import { noticeFor } from "./panel/notice";

const panel = document.querySelector("callseal-panel");
const notice = document.querySelector<HTMLElement>("#notice");

const source = new HubSource({
  nonce: null,
  isSeen: () => true,
  engine(state) {
    if (panel !== null) panel.callseal = state.running ? source : null;
    noticeFor(notice, state);
  },
  covered: () => {},
});
void source.open();
