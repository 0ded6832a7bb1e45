/**
 * The agent desktop: joins the customer record and the softphone.
 *
 * Address parameters, for scripted runs: `agent` = `clip` | `device` | `file`, `customer` = `clip` | `microphone` |
 * `file` choose the voices beforehand; `heard` lets the customer's frame keep what reached it.
 *
 * Owns the page's start. It is written as any vendor's desktop would be: nothing here or in what it imports knows who
 * records the calls. What others have to say about a call arrives as `desktop:activity` events on the document.
 */
import { CustomerRecord } from "./crm/record";
import { Softphone } from "./phone/softphone";
import { SoftphoneView } from "./phone/view";

const form = document.querySelector<HTMLFormElement>("#record");
const root = document.querySelector<HTMLElement>("#softphone");
if (!form || !root) throw new Error("The page lacks the customer record or the softphone.");

const record = new CustomerRecord(form);
const phone = new Softphone();
new SoftphoneView({
  phone,
  root,
  customerName: () => record.customerName,
  parameters: new URLSearchParams(location.search),
});

document.addEventListener("desktop:activity", (event) => {
  if (event instanceof CustomEvent && typeof event.detail === "string") record.note(event.detail);
});
record.note("Record opened");
