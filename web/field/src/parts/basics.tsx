/** Buttons, bars, notices and what else every screen is built of. */

import type { ComponentChildren } from "preact";
import { useContext, useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { AheadContext, useApp } from "../context.ts";
import { address, type Route } from "../route.ts";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  kind?: "main" | "plain" | "quiet" | "danger";
  icon?: IconName;
  after?: IconName;
  disabled?: boolean;
  busy?: boolean;
  /** What the button says to a screen reader, where its own words are too short. */
  label?: string;
  pressed?: boolean;
}

export function Button({ children, onClick, kind = "plain", icon, after, disabled, busy, label, pressed }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}`}
      onClick={busy || disabled ? undefined : onClick}
      aria-disabled={disabled || undefined}
      aria-busy={busy || undefined}
      aria-label={label}
      aria-pressed={pressed}
    >
      {icon && <Icon name={icon} />}
      <span>{children}</span>
      {after && <Icon name={after} />}
    </button>
  );
}

/** A button that is an icon; `label` names it. */
export function IconButton(props: { icon: IconName; label: string; onClick: () => void; pressed?: boolean; disabled?: boolean }) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      aria-disabled={props.disabled || undefined}
      onClick={props.disabled ? undefined : props.onClick}
    >
      <Icon name={props.icon} size={1.4} />
    </button>
  );
}

export function Link({ to, children, className, current }: { to: Route; children: ComponentChildren; className?: string; current?: boolean }) {
  const { touch, go } = useApp();
  return (
    <a
      class={className}
      href={address(to)}
      aria-current={current ? "page" : undefined}
      onPointerDown={() => touch(to)}
      onClick={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

/** The head of a screen. Its title takes the focus when the screen appears, so that it is read out. */
export function Head({ title, note, onBack, aside }: { title: string; note?: ComponentChildren; onBack?: () => void; aside?: ComponentChildren }) {
  const { words } = useApp();
  return (
    <header class="head">
      {onBack && <IconButton icon="left" label={words.back} onClick={onBack} />}
      <div class="head-words">
        <Title>{title}</Title>
        {note && <p class="head-note">{note}</p>}
      </div>
      {aside}
    </header>
  );
}

export function Title({ children, key }: { children: ComponentChildren; key?: string }) {
  const title = useRef<HTMLHeadingElement>(null);
  const ahead = useContext(AheadContext);
  useLayoutEffect(() => {
    if (!ahead) title.current?.focus({ preventScroll: true });
  }, [key, ahead]);
  return (
    <h1 class="title" tabIndex={-1} ref={title}>
      {children}
    </h1>
  );
}

type Tone = "calm" | "good" | "warn" | "bad" | "info";

/** A framed remark. `live` has it read out when it appears. */
export function Note({ tone = "calm", icon, title, children, live }: { tone?: Tone; icon?: IconName; title?: ComponentChildren; children?: ComponentChildren; live?: boolean }) {
  return (
    <div class={`note ${tone}`} role={live ? "status" : undefined}>
      {icon && <Icon name={icon} />}
      <div class="note-words">
        {title && <p class="note-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

/** A short mark with an icon, such as a household's state. */
export function Mark({ tone = "calm", icon, children }: { tone?: Tone; icon: IconName; children: ComponentChildren }) {
  return (
    <span class={`mark ${tone}`}>
      <Icon name={icon} size={1.1} />
      <span>{children}</span>
    </span>
  );
}

export function Progress({ value, label }: { value: number | null; label: string }) {
  const percent = value === null ? null : Math.round(value * 100);
  return (
    <div class="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} {...(percent === null ? {} : { "aria-valuenow": percent })}>
      <span class={percent === null ? "progress-bar running" : "progress-bar"} style={{ width: `${percent ?? 30}%` }} />
    </div>
  );
}

/** A card that asks something and covers the screen until it is answered or closed. */
export function Sheet({ title, children, onClose }: { title: string; children: ComponentChildren; onClose: () => void }) {
  const { words } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      class="sheet"
      ref={dialog}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="sheet-inside">
        <div class="sheet-head">
          <h2>{title}</h2>
          <IconButton icon="cross" label={words.close} onClick={onClose} />
        </div>
        {children}
      </div>
    </dialog>
  );
}

export interface Option<T extends string | number> {
  value: T;
  label: string;
  note?: string;
}

/** Radio buttons as large rows. */
export function Radios<T extends string | number>({ name, legend, options, value, onChange }: { name: string; legend: string; options: Option<T>[]; value: T | null; onChange: (value: T) => void }) {
  return (
    <div class="rows" role="radiogroup" aria-label={legend}>
      {options.map((option) => (
        <label key={option.value} class={option.value === value ? "row-choice chosen" : "row-choice"}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          <span class="row-choice-words">{option.label}</span>
          {option.note && <span class="row-choice-note">{option.note}</span>}
        </label>
      ))}
    </div>
  );
}

/** A labelled text field. */
export function Field(props: {
  id: string;
  label: string;
  hint?: string;
  problem?: string | null;
  value: string;
  onInput: (text: string) => void;
  inputMode?: "text" | "numeric" | "none";
  multiline?: boolean;
  capitals?: boolean;
  secret?: boolean;
}) {
  const told = [props.hint && `${props.id}-hint`, props.problem && `${props.id}-problem`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <input
        id={props.id}
        class="input"
        value={props.value}
        inputMode={props.inputMode ?? "text"}
        autoComplete="off"
        autoCapitalize={props.capitals ? "characters" : "off"}
        autoCorrect="off"
        spellcheck={false}
        aria-invalid={props.problem ? true : undefined}
        aria-describedby={told || undefined}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {props.hint && (
        <p class="hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
      {props.problem && (
        <p class="problem" id={`${props.id}-problem`} role="alert">
          <Icon name="alert" /> {props.problem}
        </p>
      )}
    </div>
  );
}
