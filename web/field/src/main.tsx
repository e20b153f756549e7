/** Where the page begins. */

import { begin } from "./begin.tsx";
import { createCore } from "./core/client.ts";

const root = document.getElementById("app");
if (root) void begin(createCore(), root);
