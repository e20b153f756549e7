/**
 * Every page of the office. To add one: a component in `pages/`, its name in `words/`, a line here.
 * The navigation shows to each role the pages that are for it, in this order.
 */

import type { ComponentType } from "preact";
import type { Role } from "./api.ts";
import { CARE, DECIDE } from "./context.ts";
import { AnnexPage } from "./pages/annex.tsx";
import { AreasPage } from "./pages/areas.tsx";
import { Conflicts } from "./pages/conflicts.tsx";
import { CoveragePage } from "./pages/coverage.tsx";
import { Devices } from "./pages/devices.tsx";
import { Duplicates } from "./pages/duplicates.tsx";
import { Enrolment } from "./pages/enrolment.tsx";
import { Allocations } from "./pages/fund/allocations.tsx";
import { Lists } from "./pages/fund/lists.tsx";
import { Needy } from "./pages/fund/needy.tsx";
import { Programmes } from "./pages/fund/programmes.tsx";
import { MapPage } from "./pages/map.tsx";
import { Overview } from "./pages/overview.tsx";
import { Quarantine } from "./pages/quarantine.tsx";
import { StrengthPage } from "./pages/strength.tsx";
import { TargetsPage } from "./pages/targets.tsx";
import { TrendsPage } from "./pages/trends.tsx";
import type { IconName } from "./parts/icon.tsx";
import type { Words } from "./words/index.ts";

export interface Page {
  /** Its part of the address. */
  id: keyof Words["pages"] & string;
  icon: IconName;
  roles: Role[];
  View: ComponentType;
  /** Roles for which it stands first, and is what they begin with. */
  firstFor?: Role[];
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
  { id: "overview", icon: "view", roles: EVERYBODY, View: Overview, firstFor: ["planner"] },
  { id: "areas", icon: "levels", roles: EVERYBODY, View: AreasPage },
  { id: "map", icon: "map", roles: EVERYBODY, View: MapPage },
  { id: "trends", icon: "trend", roles: EVERYBODY, View: TrendsPage },
  { id: "targets", icon: "target", roles: EVERYBODY, View: TargetsPage },
  { id: "strength", icon: "strength", roles: EVERYBODY, View: StrengthPage },
  { id: "annex", icon: "papers", roles: EVERYBODY, View: AnnexPage },
];

export function pagesFor(role: Role): Page[] {
  const pages = PAGES.filter((page) => page.roles.includes(role));
  const isFirst = (page: Page) => page.firstFor?.includes(role) ?? false;
  return [...pages.filter(isFirst), ...pages.filter((page) => !isFirst(page))];
}
