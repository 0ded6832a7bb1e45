/**
 * A page of the CRM without any call: it tells the softphone's tab when a sensitive field is in use.
 *
 * Owns nothing else. What is entered stays in its fields and is sent nowhere.
 */
import { startSensor } from "callseal/sensor";

startSensor();
document.querySelector("form")?.addEventListener("submit", (event) => event.preventDefault());
