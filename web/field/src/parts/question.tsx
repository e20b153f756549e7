/** A question as it stands on a page: what is asked, the answer, what does not hold, who wrote it. */

import { ago } from "../../../shared/dates.ts";
import type { Node, NodeKind, Value } from "../core/api.ts";
import { useApp } from "../context.ts";
import { Sides } from "./sides.tsx";
import { Icon } from "./icon.tsx";
import type { AnswerProps } from "./answers/props.ts";
import { AcknowledgeAnswer, ManyAnswer, OneAnswer, RankAnswer } from "./answers/choices.tsx";
import { DateAnswer, DateTimeAnswer, TimeAnswer } from "./answers/date.tsx";
import { BarcodeAnswer, RangeAnswer } from "./answers/measure.tsx";
import { PhotoAnswer, SignatureAnswer } from "./answers/picture.tsx";
import { PlaceAnswer, WayAnswer } from "./answers/place.tsx";
import { TextAnswer } from "./answers/text.tsx";

const ANSWERS: Partial<Record<NodeKind, (props: AnswerProps) => preact.ComponentChild>> = {
  text: TextAnswer,
  integer: TextAnswer,
  decimal: TextAnswer,
  range: RangeAnswer,
  select_one: OneAnswer,
  select_multiple: ManyAnswer,
  rank: RankAnswer,
  date: DateAnswer,
  time: TimeAnswer,
  date_time: DateTimeAnswer,
  geopoint: PlaceAnswer,
  geotrace: WayAnswer,
  geoshape: WayAnswer,
  barcode: BarcodeAnswer,
  image: PhotoAnswer,
  signature: SignatureAnswer,
  acknowledge: AcknowledgeAnswer,
};

/** Kinds that are one field, which a `<label>` can name. */
const FIELDS = new Set<NodeKind>(["text", "integer", "decimal", "barcode", "range", "image"]);

export interface QuestionProps {
  node: Node;
  alone: boolean;
  give: (value: Value) => Promise<void>;
  attach: (picture: Blob) => Promise<void>;
}

export function questionId(node: Node): string {
  return `q-${node.row ?? "h"}-${node.field}`;
}

export function Question({ node, alone, give, attach }: QuestionProps) {
  const { words, tongue } = useApp();
  const id = questionId(node);
  if (node.kind === "note") return <NoteText node={node} />;
  if (node.kind === "calculate" || node.readOnly) return <Derived node={node} id={id} />;

  const Answer = ANSWERS[node.kind];
  const described = [node.hint && `${id}-hint`, node.problem && `${id}-problem`].filter(Boolean).join(" ") || undefined;
  const label = (
    <>
      {node.label}
      {node.required && node.value === null && <span class="required"> {words.page.required}</span>}
    </>
  );
  return (
    <section class="question" aria-labelledby={`${id}-label`}>
      {FIELDS.has(node.kind) ? (
        <h2 class="question-label">
          <label id={`${id}-label`} for={id}>
            {label}
          </label>
        </h2>
      ) : (
        <h2 class="question-label" id={`${id}-label`}>
          {label}
        </h2>
      )}
      {node.hint && (
        <p class="hint" id={`${id}-hint`}>
          {node.hint}
        </p>
      )}
      {node.guidance && (
        <details class="guidance">
          <summary>{words.page.guidance}</summary>
          <p>{node.guidance}</p>
        </details>
      )}
      {node.conflict && <Sides node={node} onUse={give} />}
      {Answer ? (
        <Answer node={node} id={id} described={described} alone={alone} give={give} attach={attach} />
      ) : (
        <p class="hint">{words.page.notHere}</p>
      )}
      <div aria-live="polite">
        {node.problem && (
          <p class={node.problem.hard ? "problem" : "problem soft-problem"} id={`${id}-problem`}>
            <Icon name="alert" />
            <span>{node.problem.text}</span>
          </p>
        )}
      </div>
      {node.written && !node.conflict && node.value !== null && (
        <p class="written">
          {node.written.mine
            ? words.page.wroteMe(ago(node.written.at, Date.now(), tongue))
            : words.page.wroteBy(node.written.person, ago(node.written.at, Date.now(), tongue))}
        </p>
      )}
    </section>
  );
}

function NoteText({ node }: { node: Node }) {
  return (
    <section class="question note-question">
      <p class="note-text">{node.label}</p>
      {node.hint && <p class="hint">{node.hint}</p>}
    </section>
  );
}

function Derived({ node, id }: { node: Node; id: string }) {
  const { words } = useApp();
  return (
    <section class="question" aria-labelledby={`${id}-label`}>
      <h2 class="question-label" id={`${id}-label`}>
        {node.label}
      </h2>
      <p class="derived">{node.shown || String(node.value ?? words.page.noAnswer)}</p>
      <p class="hint">{words.page.readOnly}</p>
    </section>
  );
}
