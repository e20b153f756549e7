/**
 * Every page of the office. To add one: a component in `pages/`, its name in `words/`, a line here.
 * The navigation shows to each role the pages that are for it, in this order.
 */

import type { ComponentType } from "preact";
import type { Role } from "./api.ts";
import { CARE, DECIDE } from "./context.ts";
import { Conflicts } from "./pages/conflicts.tsx";
import { CoveragePage } from "./pages/coverage.tsx";
import { Devices } from "./pages/devices.tsx";
import { Duplicates } from "./pages/duplicates.tsx";
import { Enrolment } from "./pages/enrolment.tsx";
import { Allocations } from "./pages/fund/allocations.tsx";
import { Lists } from "./pages/fund/lists.tsx";
import { Needy } from "./pages/fund/needy.tsx";
import { Programmes } from "./pages/fund/programmes.tsx";
import { Quarantine } from "./pages/quarantine.tsx";
import type { IconName } from "./parts/icon.tsx";
import type { Words } from "./words/index.ts";

export interface Page {
  /** Its part of the address. */
  id: keyof Words["pages"] & string;
  icon: IconName;
  roles: Role[];
  View: ComponentType;
}

const EVERYBODY: Role[] = ["planner", "fund", "coordinator", "admin"];

export const PAGES: Page[] = [
  { id: "coverage", icon: "chart", roles: EVERYBODY, View: CoveragePage },
  { id: "needy", icon: "people", roles: DECIDE, View: Needy },
  { id: "lists", icon: "list", roles: DECIDE, View: Lists },
  { id: "programmes", icon: "home", roles: DECIDE, View: Programmes },
  { id: "allocations", icon: "money", roles: DECIDE, View: Allocations },
  { id: "conflicts", icon: "differs", roles: CARE, View: Conflicts },
  { id: "duplicates", icon: "same", roles: CARE, View: Duplicates },
  { id: "quarantine", icon: "hold", roles: CARE, View: Quarantine },
  { id: "devices", icon: "phone", roles: CARE, View: Devices },
  { id: "enrolment", icon: "qr", roles: CARE, View: Enrolment },
];

export function pagesFor(role: Role): Page[] {
  return PAGES.filter((page) => page.roles.includes(role));
}
