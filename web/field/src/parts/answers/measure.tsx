/** A range, and codes that a camera can read. */

import { useState } from "preact/hooks";
import { useApp } from "../../context.ts";
import { Button, IconButton } from "../basics.tsx";
import { CAN_SCAN, Scanner } from "../qr-scanner.tsx";
import type { AnswerProps } from "./props.ts";
import { TextAnswer } from "./text.tsx";

export function RangeAnswer({ node, id, described, give }: AnswerProps) {
  const { words } = useApp();
  const { start, end, step } = node.range ?? { start: 0, end: 10, step: 1 };
  const [low, high, by] = [Math.min(start, end), Math.max(start, end), Math.abs(step) || 1];
  const [sliding, setSliding] = useState<number | null>(null);
  const value = sliding ?? (node.value === null ? null : Number(node.value));
  const write = (next: number) => {
    setSliding(null);
    void give(tidy(Math.min(high, Math.max(low, next))));
  };
  return (
    <div class="range">
      <p class="range-value" aria-hidden="true">
        {value ?? "–"}
      </p>
      <div class="range-row">
        <IconButton icon="minus" label={words.range.less} onClick={() => write((value ?? low) - by)} />
        <input
          id={id}
          type="range"
          min={low}
          max={high}
          step={by}
          value={value ?? low}
          aria-labelledby={`${id}-label`}
          aria-describedby={described}
          aria-valuetext={value === null ? words.page.noAnswer : String(value)}
          onInput={(event) => setSliding(Number(event.currentTarget.value))}
          onChange={(event) => write(Number(event.currentTarget.value))}
        />
        <IconButton icon="plus" label={words.range.more} onClick={() => write(value === null ? low : value + by)} />
      </div>
      <p class="range-ends" aria-hidden="true">
        <span>{low}</span>
        <span>{high}</span>
      </p>
      {node.value !== null && !node.required && (
        <Button kind="quiet" icon="cross" onClick={() => void give(null)}>
          {words.clear}
        </Button>
      )}
    </div>
  );
}

/** Steps such as 0.1 without the dust of binary fractions. */
function tidy(number: number): number {
  return Number(number.toFixed(9));
}

const FORMATS = ["qr_code", "ean_13", "ean_8", "code_128", "code_39", "itf", "upc_a", "data_matrix", "pdf417"];

export function BarcodeAnswer(props: AnswerProps) {
  const { words } = useApp();
  const [scanning, setScanning] = useState(false);
  return (
    <>
      {scanning ? (
        <Scanner
          formats={FORMATS}
          onStop={() => setScanning(false)}
          onFound={(text) => {
            setScanning(false);
            void props.give(text);
          }}
        />
      ) : (
        CAN_SCAN && (
          <>
            <Button kind="main" icon="qr" onClick={() => setScanning(true)}>
              {words.barcode.scan}
            </Button>
            <p class="hint">{words.barcode.type}</p>
          </>
        )
      )}
      <TextAnswer {...props} />
    </>
  );
}
