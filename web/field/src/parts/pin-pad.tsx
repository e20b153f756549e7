/** A pad for a PIN of six digits. It also takes the keys of a keyboard. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { useApp } from "../context.ts";
import { Icon } from "./icon.tsx";

export const PIN_LENGTH = 6;

export function PinPad({ pin, onPin, disabled }: { pin: string; onPin: (pin: string) => void; disabled?: boolean }) {
  const { words } = useApp();
  const type = (digit: string) => !disabled && pin.length < PIN_LENGTH && onPin(pin + digit);
  const erase = () => !disabled && onPin(pin.slice(0, -1));

  const latest = useRef({ type, erase });
  latest.current = { type, erase };
  // Before the pad is seen: whoever sees it may type.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[0-9]$/.test(event.key)) latest.current.type(event.key);
      else if (event.key === "Backspace") latest.current.erase();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);

  return (
    <div class="pin">
      <p class="pin-dots" role="status">
        <span class="unseen">{words.pin.entered(pin.length)}</span>
        {Array.from({ length: PIN_LENGTH }, (_, index) => (
          <span key={index} aria-hidden="true" class={index < pin.length ? "pin-dot filled" : "pin-dot"} />
        ))}
      </p>
      <div class="keys">
        {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => (
          <button key={digit} type="button" class="key" aria-disabled={disabled || undefined} onClick={() => type(digit)}>
            {digit}
          </button>
        ))}
        <span />
        <button type="button" class="key" aria-disabled={disabled || undefined} onClick={() => type("0")}>
          0
        </button>
        <button type="button" class="key key-quiet" aria-label={words.pin.erase} aria-disabled={disabled || undefined} onClick={erase}>
          <Icon name="erase" size={1.5} />
        </button>
      </div>
    </div>
  );
}
