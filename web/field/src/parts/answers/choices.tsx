/** Choices: one of several, several of many, an order. */

import { useState } from "preact/hooks";
import type { Choice, Value } from "../../core/api.ts";
import { useApp } from "../../context.ts";
import { Button } from "../basics.tsx";
import { Icon } from "../icon.tsx";
import type { AnswerProps } from "./props.ts";

/** More choices than these are searched. */
const FIND_FROM = 12;

export function OneAnswer({ node, id, described, give }: AnswerProps) {
  const { words } = useApp();
  const [shown, find] = useFind(node.choices, id);
  const chosen = node.value === null ? null : String(node.value);
  return (
    <>
      {find}
      <div class="rows" role="radiogroup" aria-labelledby={`${id}-label`} aria-describedby={described} aria-required={node.required || undefined}>
        {shown.map((choice) => (
          <label key={choice.name} class={choice.name === chosen ? "row-choice chosen" : "row-choice"}>
            <input type="radio" name={id} checked={choice.name === chosen} onChange={() => void give(choice.name)} />
            <span class="row-choice-words">{choice.label}</span>
          </label>
        ))}
        {closed(node.value, node.choices).map((name) => (
          <p key={name} class="hint">
            {name}
          </p>
        ))}
      </div>
      {chosen !== null && !node.required && (
        <Button kind="quiet" icon="cross" onClick={() => void give(null)}>
          {words.clear}
        </Button>
      )}
    </>
  );
}

export function ManyAnswer({ node, id, described, give }: AnswerProps) {
  const { words } = useApp();
  const [shown, find] = useFind(node.choices, id);
  const chosen = new Set(split(node.value));
  const toggle = (name: string) => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    void give(next.size ? [...next].join(" ") : null);
  };
  return (
    <>
      <p class="hint">{chosen.size ? words.page.choicesChosen(chosen.size) : words.page.manyHint}</p>
      {find}
      <div class="rows" role="group" aria-labelledby={`${id}-label`} aria-describedby={described}>
        {shown.map((choice) => (
          <label key={choice.name} class={chosen.has(choice.name) ? "row-choice check chosen" : "row-choice check"}>
            <input type="checkbox" checked={chosen.has(choice.name)} onChange={() => toggle(choice.name)} />
            <span class="row-choice-words">{choice.label}</span>
          </label>
        ))}
      </div>
    </>
  );
}

export function RankAnswer({ node, id, give }: AnswerProps) {
  const { words } = useApp();
  const order = split(node.value);
  const ranked = order.map((name) => node.choices.find((choice) => choice.name === name) ?? { name, label: name });
  const rest = node.choices.filter((choice) => !order.includes(choice.name));
  const write = (names: string[]) => void give(names.length ? names.join(" ") : null);
  const swap = (from: number, to: number) => {
    const next = [...order];
    const [moved, other] = [next[from], next[to]];
    if (moved === undefined || other === undefined) return;
    next[to] = moved;
    next[from] = other;
    write(next);
  };
  return (
    <div role="group" aria-labelledby={`${id}-label`}>
      <p class="hint">{words.rank.hint}</p>
      <ol class="rank">
        {ranked.map((choice, index) => (
          <li key={choice.name} class="rank-row">
            <span class="rank-place" aria-hidden="true">
              {index + 1}
            </span>
            <span class="row-choice-words">{choice.label}</span>
            <button type="button" class="icon-button" aria-label={words.rank.up(choice.label)} aria-disabled={index === 0 || undefined} onClick={() => swap(index, index - 1)}>
              <Icon name="up" />
            </button>
            <button
              type="button"
              class="icon-button"
              aria-label={words.rank.down(choice.label)}
              aria-disabled={index === ranked.length - 1 || undefined}
              onClick={() => swap(index, index + 1)}
            >
              <Icon name="down" />
            </button>
          </li>
        ))}
      </ol>
      {rest.length > 0 && (
        <div class="rows">
          {rest.map((choice) => (
            <button key={choice.name} type="button" class="row-choice as-button" onClick={() => write([...order, choice.name])}>
              <Icon name="plus" />
              <span class="row-choice-words">{choice.label}</span>
            </button>
          ))}
        </div>
      )}
      {order.length > 0 && (
        <Button kind="quiet" icon="cross" onClick={() => write([])}>
          {words.clear}
        </Button>
      )}
    </div>
  );
}

export function AcknowledgeAnswer({ node, id, described, give }: AnswerProps) {
  const { words } = useApp();
  const agreed = node.value !== null && node.value !== false && node.value !== "";
  return (
    <label class={agreed ? "row-choice check chosen" : "row-choice check"}>
      <input type="checkbox" id={id} checked={agreed} aria-describedby={described} onChange={() => void give(agreed ? null : "OK")} />
      <span class="row-choice-words">{words.page.acknowledge}</span>
    </label>
  );
}

export function split(value: Value): string[] {
  return value === null ? [] : String(value).split(" ").filter(Boolean);
}

/** Chosen names that are no longer among the choices; they stay until somebody chooses anew. */
function closed(value: Value, choices: Choice[]): string[] {
  const name = value === null ? "" : String(value);
  return name && !choices.some((choice) => choice.name === name) ? [name] : [];
}

function useFind(choices: Choice[], id: string) {
  const { words } = useApp();
  const [text, setText] = useState("");
  if (choices.length <= FIND_FROM) return [choices, null] as const;
  const wanted = text.trim().toLowerCase();
  const shown = wanted ? choices.filter((choice) => choice.label.toLowerCase().includes(wanted)) : choices;
  const field = (
    <input
      id={`${id}-find`}
      class="input"
      type="search"
      value={text}
      aria-label={words.page.choicesFind}
      placeholder={words.page.choicesFind}
      autoComplete="off"
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
  return [shown, field] as const;
}
