/** What the hub's API says of need, lists, programmes and allocations; see docs/openapi.json. */

/** The same in both languages. */
export interface Told {
  th: string;
  en: string;
}

export interface Reason extends Told {
  flag: string;
}

export type CardStanding = "holder" | "applied" | "rejected" | "not_registered" | "unknown";

/** What tells a household from others. */
export interface Home {
  household_id: string;
  village: string;
  house_no: string | null;
  head_name: string | null;
}

export interface Assessed extends Home {
  place: number;
  members: number;
  tier: number;
  need: number;
  need_min: number;
  need_max: number;
  housing: number;
  completeness: number;
  dimensions: string[];
  reasons: Reason[];
  unknown: string[];
  missed: boolean;
  needs_check: boolean;
  card: CardStanding;
  income_per_person: number | null;
  needs: string[];
}

export interface AssessedPage {
  parameters: string;
  as_of_seq: number;
  households: Assessed[];
  next: string | null;
}

/** A row of a household: answers by question. */
export interface AnswerRow {
  row_id: string;
  answers: Record<string, unknown>;
}

export interface HouseholdAnswers {
  household_id: string;
  village: string;
  answers: Record<string, unknown>;
  members?: AnswerRow[];
  needs?: AnswerRow[];
  visits?: AnswerRow[];
}

export type ListState = "draft" | "field_check" | "forum" | "approved" | "handed_over" | "superseded";
export type Standing = "computed" | "confirmed" | "moved" | "restored" | "added" | "removed";
export type Finding = "in_need" | "not_in_need" | "not_reached";

export interface ListVersion {
  list_id: string;
  version: number;
  state: ListState;
  revision: number;
  standing: number;
  drafted_by: string;
  drafted_at: string;
  sha256: string | null;
}

export interface Line extends Home {
  place: number | null;
  computed_place: number | null;
  tier: number | null;
  need: number | null;
  need_max: number | null;
  housing: number | null;
  completeness: number | null;
  income_per_person: number | null;
  missed: boolean;
  reasons: Reason[];
  standing: Standing;
  reason: string;
  to_check: boolean;
  finding: Finding | null;
  note: string | null;
}

export interface ForumHeld {
  /** None: of the whole tambon. */
  village: string | null;
  held_on: string;
  villagers: number;
}

export interface NeedyList extends ListVersion {
  by: "need" | "housing";
  parameters: string;
  as_of_seq: number;
  replaces: number | null;
  forums: ForumHeld[];
  approval: { by: string; at: string; appeals_until: string } | null;
  check_queue: number;
  lines: Line[];
}

/** To whom a list may be handed over: each household agreed to some of them. */
export const RECIPIENTS = ["lao", "tambon_council", "welfare_fund", "msdhs", "codi"] as const;
export type Recipient = (typeof RECIPIENTS)[number];

/** A decision, as it is sent and as it is kept. */
export type Act =
  | { act: "start_field_check" | "open_forum" | "approve" }
  | { act: "check"; household: string; finding: Finding; note: string }
  | { act: "hold_forum"; village?: string; held_on: string; villagers: number }
  | { act: "confirm"; household: string }
  | { act: "move"; household: string; place: number; reason: string }
  | { act: "remove" | "restore"; household: string; reason: string }
  | { act: "add"; household: string; village: string; place?: number | null; reason: string }
  | { act: "hand_over"; to: string; recipient?: Recipient }
  | { act: "appeal"; household: string; village: string; accepted: boolean; reason: string };

export interface ListEvent extends Told {
  number: number;
  by: string;
  at: string;
  act: Act;
}

export interface Programme {
  programme: string;
  name_th: string;
  name_en: string;
  ranked_by: "need" | "housing";
  is_housing: boolean;
  region: string;
  ceiling: number | null;
  loan_ceiling: number | null;
  quota: number | null;
  budget: number | null;
  source: string;
  as_of: string | null;
}

/** Thresholds of programmes' rules. */
export interface RuleThresholds {
  aid_years: number;
  event_days: number;
  floods_and_storms: boolean;
  income_line: number;
  settlement_households: number;
  canals: string[];
  elder_age: number;
}

export interface RuleSet extends RuleThresholds {
  version: string;
  made_by: string | null;
  made_at: string | null;
}

/** What the office knows of the settlement of a village. */
export interface Settlement {
  village: string;
  recorded: number;
  households: number | null;
  saves_together: boolean | null;
  canal: string | null;
}

export interface Settlements {
  revision: number;
  made_by: string | null;
  made_at: string | null;
  settlements: Settlement[];
}

export interface Programmes {
  rule_parameters: RuleSet;
  programmes: Programme[];
}

export interface Matched extends Home {
  verdict: "yes" | "unknown";
  reasons: Told[];
  missing: Told[];
}

export interface Matches {
  programme: Programme;
  rule_parameters: string;
  matching: number;
  unknown: number;
  households: Matched[];
}

export interface AllocationDecision {
  household_id: string;
  decision: "approved" | "waiting";
  waits_for: "units" | "budget" | "housing_approval" | "answers" | null;
  estimate: number;
  granted: number;
  local_contribution: number;
  budget_left: number;
}

export interface Tranche {
  number: number;
  percent: number;
  amount: number;
  due_on: string;
  paid_on: string | null;
  status: "paid" | "waiting" | "overdue";
  days_overdue: number | null;
}

export interface AllocationRequest {
  programme: string;
  fiscal_year: number;
  list_id: string;
  version: number;
  units?: number;
  budget?: number;
  ceiling?: number;
  backfill: boolean;
  estimates: Record<string, number>;
}

export interface Allocation {
  /** None: it was only tried. */
  allocation_id: string | null;
  programme: string;
  fiscal_year: number;
  list_id: string;
  version: number;
  units: number | null;
  budget: number;
  ceiling: number | null;
  backfill: boolean;
  rule_parameters: string;
  budget_left: number;
  units_left: number | null;
  decisions: AllocationDecision[];
  made_by: string;
  made_at: string;
  is_withdrawn: boolean;
  withdrawal: { by: string; at: string; reason: string | null } | null;
  tranches: Tranche[];
  overdue: Told[];
}

/** The id before a household's: `…/households?limit=1&after=` it begins with the household. None before the first. */
export function idBefore(household: string): string | null {
  // 26 characters of 5 bits; the last two bits are no part of the 16 bytes.
  let id = 0n;
  for (const character of household) id = id * 32n + BigInt(parseInt(character, 32));
  return id < 4n ? null : (id - 4n).toString(32).padStart(26, "0");
}
