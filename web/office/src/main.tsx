/** Where the office's page begins. */

import { render } from "preact";
import { App } from "./app.tsx";

const root = document.getElementById("office");
if (root) render(<App />, root);
