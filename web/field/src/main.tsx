/** Where the page begins. */

import { begin } from "./begin.tsx";
import { createCore } from "./core/client.ts";
import { register } from "./update.ts";

const root = document.getElementById("app");
if (root) {
  const core = createCore();
  void begin(core, root).then(() => register(() => void core.sync().catch(() => {})));
}
