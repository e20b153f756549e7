/** Text and numbers as they are typed; numbers on a pad of our own that fits one thumb. */

import { useEffect, useRef } from "preact/hooks";
import { ago } from "../../../../shared/dates.ts";
import type { Node } from "../../core/api.ts";
import { useApp } from "../../context.ts";
import { Button } from "../basics.tsx";
import { Icon } from "../icon.tsx";
import type { AnswerProps } from "./props.ts";
import { useTyped, type Typed } from "./typed.ts";

/** Keys beside the digits. */
type Extra = "." | "-" | "/";

/** Which pad a question is typed on; null for the phone's own keyboard. */
export function padOf(node: Node): Extra[] | null {
  switch (node.format) {
    case "citizen_id":
    case "house_code":
    case "phone":
    case "year_be":
    case "area_code":
    case "baht":
      return [];
    case "land_rai":
      return ["-", "."];
    case "land_wah":
      return ["."];
  }
  if (node.kind === "integer") return ["-"];
  if (node.kind === "decimal") return ["-", "."];
  return node.kind === "text" && /\bnumbers\b/.test(node.appearance) ? ["-", "."] : null;
}

const PAD_DIGITS: Partial<Record<string, number>> = { citizen_id: 13, house_code: 11, phone: 10, year_be: 4, area_code: 6 };

export function TextAnswer({ node, id, described, alone, give }: AnswerProps) {
  const extras = padOf(node);
  const typed = useTyped(node, give, alone && extras !== null && node.value === null);
  return (
    <>
      {extras ? (
        <NumberField node={node} id={id} described={described} typed={typed} extras={extras} />
      ) : (
        <Writing node={node} id={id} described={described} typed={typed} />
      )}
      <Incoming typed={typed} />
    </>
  );
}

interface FieldProps {
  node: Node;
  id: string;
  described: string | undefined;
  typed: Typed;
}

function Writing({ node, id, described, typed }: FieldProps) {
  const long = /\bmultiline\b/.test(node.appearance);
  const field = {
    id,
    class: long ? "input long" : "input",
    value: typed.text,
    autoComplete: "off",
    spellcheck: false,
    "aria-labelledby": `${id}-label`,
    "aria-describedby": described,
    "aria-invalid": node.problem?.hard || undefined,
    onFocus: typed.enter,
    onBlur: typed.leave,
  };
  return long ? (
    <textarea {...field} rows={4} onInput={(event) => typed.type(event.currentTarget.value)} />
  ) : (
    <input {...field} enterKeyHint="done" onInput={(event) => typed.type(event.currentTarget.value)} />
  );
}

function NumberField({ node, id, described, typed, extras }: FieldProps & { extras: Extra[] }) {
  const { words } = useApp();
  const input = useRef<HTMLInputElement>(null);
  const digitsMax = PAD_DIGITS[node.format ?? ""] ?? 15;

  useEffect(() => {
    const field = input.current;
    if (field && document.activeElement === field) field.setSelectionRange(field.value.length, field.value.length);
  }, [typed.text]);

  useEffect(() => {
    if (typed.active) input.current?.scrollIntoView({ block: "nearest" });
  }, [typed.active]);

  const press = (key: string) => {
    if (/\d/.test(key) && typed.text.replace(/\D/g, "").length >= digitsMax) return;
    typed.type(typed.text + key);
  };
  return (
    <>
      <input
        ref={input}
        id={id}
        class="input number"
        inputMode="none"
        value={typed.active ? typed.text : node.shown || typed.text}
        autoComplete="off"
        aria-labelledby={`${id}-label`}
        aria-describedby={described}
        aria-invalid={node.problem?.hard || undefined}
        onFocus={typed.enter}
        onBlur={typed.leave}
        onInput={(event) => typed.type(event.currentTarget.value)}
      />
      {typed.active && (
        <div class="pad" role="group" aria-label={words.pad.digits} onPointerDown={(event) => event.preventDefault()}>
          {["1", "2", "3"].map((digit) => (
            <Key key={digit} text={digit} onPress={press} />
          ))}
          <Key text="erase" label={words.pad.erase} onPress={() => typed.type(typed.text.slice(0, -1))}>
            <Icon name="erase" size={1.5} />
          </Key>
          {["4", "5", "6"].map((digit) => (
            <Key key={digit} text={digit} onPress={press} />
          ))}
          <ExtraKey extra={extras[0]} onPress={press} />
          {["7", "8", "9"].map((digit) => (
            <Key key={digit} text={digit} onPress={press} />
          ))}
          <ExtraKey extra={extras[1]} onPress={press} />
          <span class="pad-zero">
            <Key text="0" onPress={press} />
          </span>
          <Key
            text="hide"
            label={words.pad.hide}
            onPress={() => {
              input.current?.blur();
              typed.leave();
            }}
          >
            <Icon name="down" size={1.5} />
          </Key>
        </div>
      )}
    </>
  );
}

function Key({ text, label, onPress, children }: { text: string; label?: string; onPress: (key: string) => void; children?: preact.ComponentChildren }) {
  return (
    <button type="button" class={children ? "key key-quiet" : "key"} aria-label={label} onClick={() => onPress(text)}>
      {children ?? text}
    </button>
  );
}

function ExtraKey({ extra, onPress }: { extra: Extra | undefined; onPress: (key: string) => void }) {
  const { words } = useApp();
  if (!extra) return <span />;
  const label = { ".": words.pad.point, "-": words.pad.dash, "/": words.pad.slash }[extra];
  return (
    <Key text={extra} label={label} onPress={onPress}>
      {extra}
    </Key>
  );
}

/** What somebody else wrote while this field was being typed in. */
function Incoming({ typed }: { typed: Typed }) {
  const { words, tongue } = useApp();
  const node = typed.incoming;
  if (!node) return null;
  return (
    <div class="incoming" role="status">
      <p class="incoming-who">
        {node.written ? words.page.incoming(node.written.person) : words.page.incomingAnother}
        {node.written && <span class="soft"> {ago(node.written.at, Date.now(), tongue)}</span>}
      </p>
      <p class="incoming-what">{node.shown || String(node.value ?? words.conflict.cleared)}</p>
      <div class="pair">
        <Button onClick={typed.takeIncoming}>{words.page.takeIncoming}</Button>
        <Button onClick={typed.keepMine}>{words.page.keepMine}</Button>
      </div>
    </div>
  );
}
