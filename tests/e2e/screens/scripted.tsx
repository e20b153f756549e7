/** The screens over a scripted core. The script comes from the test, before the page's own scripts run. */

import { begin } from "../../../web/field/src/begin.tsx";
import { scriptedCore, type Hand, type Script } from "./scripted-core.ts";

declare global {
  interface Window {
    script?: Script;
    hand?: Hand;
  }
}

const { core, hand } = scriptedCore(window.script ?? {});
window.hand = hand;
const root = document.getElementById("app");
if (root) void begin(core, root);
