/** Photos from the camera, and signatures drawn with a finger. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Value } from "../../core/api.ts";
import { useApp } from "../../context.ts";
import { useTask } from "../../hooks.ts";
import { faultWords } from "../../words/index.ts";
import { Button, Note } from "../basics.tsx";
import { Icon } from "../icon.tsx";
import type { AnswerProps } from "./props.ts";

export function PhotoAnswer({ node, id, described, give, attach }: AnswerProps) {
  const { words } = useApp();
  const { busy, run } = useTask();
  const [fault, setFault] = useState<string | null>(null);
  const take = (input: HTMLInputElement) => {
    const picture = input.files?.[0];
    input.value = "";
    if (!picture) return;
    setFault(null);
    run(
      () => attach(picture),
      (why) => setFault(faultWords(words, why).title),
    );
  };
  return (
    <>
      <Picture value={node.value} alt={words.photo.alt(node.label)} />
      <label class={node.value ? "button plain file" : "button main file"}>
        <Icon name="camera" />
        <span>{busy ? words.photo.working : node.value ? words.photo.again : words.photo.take}</span>
        <input type="file" id={id} accept="image/*" capture="environment" class="unseen" aria-describedby={described} onChange={(event) => take(event.currentTarget)} />
      </label>
      {fault && <Note tone="bad" icon="alert" title={fault} live />}
      {node.value && !node.required && (
        <Button kind="quiet" icon="cross" onClick={() => void give(null)}>
          {words.photo.remove}
        </Button>
      )}
    </>
  );
}

/** The picture that an answer `sha256:…` names, if it is on this phone. */
export function Picture({ value, alt }: { value: Value; alt: string }) {
  const { core, words } = useApp();
  const [shown, setShown] = useState<{ of: Value; url: string | null } | null>(null);
  useEffect(() => {
    const hash = typeof value === "string" ? value.replace(/^sha256:/, "") : "";
    if (!hash) return setShown(null);
    let url: string | null = null;
    let left = false;
    core
      .picture(hash)
      .catch(() => null)
      .then((picture) => {
        if (left) return;
        url = picture && URL.createObjectURL(picture);
        setShown({ of: value, url });
      });
    return () => {
      left = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [core, value]);
  if (!value || !shown || shown.of !== value) return null;
  return shown.url ? <img class="picture" src={shown.url} alt={alt} /> : <Note icon="camera" title={words.photo.missing} />;
}

const PEN = 2.5;

export function SignatureAnswer({ node, id, give, attach }: AnswerProps) {
  const { words } = useApp();
  const { busy, run } = useTask();
  const [anew, setAnew] = useState(false);
  const [drawn, setDrawn] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const signing = node.value === null || anew;

  const clear = () => {
    const pad = canvas.current;
    pad?.getContext("2d")?.clearRect(0, 0, pad.width, pad.height);
    setDrawn(false);
  };
  const keep = () =>
    run(async () => {
      const pad = canvas.current;
      const picture = pad && (await onPaper(pad));
      if (picture) await attach(picture);
      setAnew(false);
      setDrawn(false);
    });

  if (!signing) {
    return (
      <>
        <Picture value={node.value} alt={words.photo.alt(node.label)} />
        <Button icon="pen" onClick={() => setAnew(true)}>
          {words.sign.change}
        </Button>
        {!node.required && (
          <Button kind="quiet" icon="cross" onClick={() => void give(null)}>
            {words.clear}
          </Button>
        )}
      </>
    );
  }
  return (
    <>
      <p class="hint" id={`${id}-sign`}>
        {words.sign.here}
      </p>
      <SignaturePad canvas={canvas} onDrawn={() => setDrawn(true)} label={words.sign.here} />
      <div class="pair">
        <Button icon="erase" disabled={!drawn} onClick={clear}>
          {words.sign.clear}
        </Button>
        <Button kind="main" icon="check" disabled={!drawn} busy={busy} onClick={keep}>
          {words.sign.keep}
        </Button>
      </div>
      {anew && <Button onClick={() => setAnew(false)}>{words.cancel}</Button>}
    </>
  );
}

function SignaturePad({ canvas, onDrawn, label }: { canvas: preact.RefObject<HTMLCanvasElement | null>; onDrawn: () => void; label: string }) {
  useEffect(() => {
    const pad = canvas.current;
    if (!pad) return;
    const scale = devicePixelRatio || 1;
    pad.width = pad.clientWidth * scale;
    pad.height = pad.clientHeight * scale;
    const pen = pad.getContext("2d");
    if (pen) {
      pen.scale(scale, scale);
      pen.lineWidth = PEN;
      pen.lineCap = "round";
      pen.lineJoin = "round";
      pen.strokeStyle = "#16201b";
    }
  }, [canvas]);

  const last = useRef<{ x: number; y: number } | null>(null);
  const at = (event: PointerEvent) => ({ x: event.offsetX, y: event.offsetY });
  const draw = (event: PointerEvent) => {
    const pen = canvas.current?.getContext("2d");
    if (!pen || !last.current) return;
    const next = at(event);
    pen.beginPath();
    pen.moveTo(last.current.x, last.current.y);
    pen.lineTo(next.x + 0.01, next.y);
    pen.stroke();
    last.current = next;
    onDrawn();
  };
  return (
    <canvas
      ref={canvas}
      class="signature"
      role="img"
      aria-label={label}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        last.current = at(event);
        draw(event);
      }}
      onPointerMove={draw}
      onPointerUp={() => (last.current = null)}
      onPointerCancel={() => (last.current = null)}
    />
  );
}

/** The drawing on white, so that it stays readable as a JPEG. */
function onPaper(pad: HTMLCanvasElement): Promise<Blob | null> {
  const paper = document.createElement("canvas");
  paper.width = pad.width;
  paper.height = pad.height;
  const pen = paper.getContext("2d");
  if (!pen) return Promise.resolve(null);
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, paper.width, paper.height);
  pen.drawImage(pad, 0, 0);
  return new Promise((resolve) => paper.toBlob(resolve, "image/png"));
}
