/** The first minutes: the code, the PIN, and the first sync. */

import { useEffect, useState } from "preact/hooks";
import type { Fault, Language } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useTask } from "../hooks.ts";
import { faultWords, type Words } from "../words/index.ts";
import { Button, Field, Head, Note, Progress, Title } from "../parts/basics.tsx";
import { Emblem } from "../parts/icon.tsx";
import { PIN_LENGTH, PinPad } from "../parts/pin-pad.tsx";
import { CAN_SCAN, Scanner } from "../parts/qr-scanner.tsx";

const CODE = /(\d{6})[-–_\s]*([0-9A-Z]{5})[-–_\s]*([0-9A-Z]{5})/i;

/** The code in what was typed or scanned; null if there is none. */
export function readCode(text: string): string | null {
  const parts = CODE.exec(text);
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]}`.toUpperCase() : null;
}

/** A code that the address brought along, `#code=…`; it is taken out of the address at once. */
export function codeInAddress(): string | null {
  const given = /^#\/?code=(.+)$/.exec(location.hash)?.[1];
  if (!given) return null;
  history.replaceState(null, "", "#/");
  try {
    return decodeURIComponent(given);
  } catch {
    return given;
  }
}

/** Codes with which a PIN does not help, so that the code is asked for again. */
const ABOUT_CODE = new Set<Fault["code"]>(["wrong-code", "code-used", "code-expired"]);

export function WelcomeScreen({ code: brought }: { code: string | null }) {
  const { core, words } = useApp();
  const [code, setCode] = useState(brought ?? "");
  const [step, setStep] = useState<"code" | "scan" | "pin">(brought && readCode(brought) ? "pin" : "code");
  const [fault, setFault] = useState<Fault | null>(null);
  const { busy, run } = useTask();

  const enrol = (pin: string) => {
    setFault(null);
    run(
      async () => void (await core.enrol(readCode(code) ?? code, pin)),
      (why) => {
        setFault(why);
        if (ABOUT_CODE.has(why.code)) setStep("code");
      },
    );
  };

  if (step === "pin") {
    return (
      <>
        <Head title={words.pin.choose} onBack={() => setStep("code")} />
        {fault && <FaultNote fault={fault} />}
        {busy ? <Note tone="info" icon="lock" title={words.pin.enrolling} live /> : <NewPin hint={words.pin.chooseHint} onChosen={enrol} />}
      </>
    );
  }
  return <CodeStep {...{ code, setCode, step, setStep, fault, setFault }} />;
}

interface CodeProps {
  code: string;
  setCode: (code: string) => void;
  step: "code" | "scan" | "pin";
  setStep: (step: "code" | "scan" | "pin") => void;
  fault: Fault | null;
  setFault: (fault: Fault | null) => void;
}

function CodeStep({ code, setCode, step, setStep, fault, setFault }: CodeProps) {
  const { core, words, tongue } = useApp();
  const { busy, run } = useTask();
  const [short, setShort] = useState(false);
  const onwards = (text: string) => {
    setFault(null);
    setCode(text);
    if (readCode(text)) setStep("pin");
    else {
      setShort(true);
      setStep("code");
    }
  };
  const other: Language = tongue === "th" ? "en" : "th";
  return (
    <div class="welcome">
      <div class="welcome-head">
        <Emblem />
        <Button kind="quiet" onClick={() => run(async () => void (await core.setLanguage(other)))}>
          <span lang={other}>{words.otherLanguage}</span>
        </Button>
      </div>
      <Title>{words.welcome.title}</Title>
      <p class="lead">{words.welcome.lead}</p>
      {fault && <FaultNote fault={fault} />}
      {step === "scan" ? (
        <Scanner formats={["qr_code"]} onFound={onwards} onStop={() => setStep("code")} />
      ) : (
        <>
          <p>{words.welcome.ask}</p>
          {CAN_SCAN && (
            <Button kind="main" icon="qr" onClick={() => setStep("scan")}>
              {words.welcome.scan}
            </Button>
          )}
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              onwards(code);
            }}
          >
            <Field
              id="code"
              label={words.welcome.code}
              hint={words.welcome.codeHint}
              value={code}
              capitals
              problem={short ? words.welcome.codeShort : null}
              onInput={(text) => {
                setShort(false);
                setCode(text);
              }}
            />
            <button type="submit" class={CAN_SCAN ? "button plain" : "button main"}>
              <span>{words.next}</span>
            </button>
          </form>
          <p class="hint">{words.welcome.needsNetwork}</p>
          <div class="practise">
            <Button icon="leaf" busy={busy} onClick={() => run(async () => void (await core.practise(true)))}>
              {words.welcome.practise}
            </Button>
            <p class="hint">{words.welcome.practiseHint}</p>
          </div>
        </>
      )}
    </div>
  );
}

/** `todo`: what to do about it here, where that is another thing than elsewhere. */
export function FaultNote({ fault, todo }: { fault: Fault; todo?: string }) {
  const { words } = useApp();
  const said = faultWords(words, fault);
  return (
    <div role="alert">
      <Note tone="bad" icon="alert" title={said.title}>
        {said.what && <p>{said.what}</p>}
        <p>{todo ?? said.todo}</p>
      </Note>
    </div>
  );
}

/** Asks for a new PIN twice. */
export function NewPin({ hint, onChosen }: { hint: string; onChosen: (pin: string) => void }) {
  const { words } = useApp();
  const [first, setFirst] = useState<string | null>(null);
  const [pin, setPin] = useState("");
  const [wrong, setWrong] = useState<"differs" | "easy" | null>(null);

  const typed = (next: string) => {
    setPin(next);
    setWrong(null);
    if (next.length < PIN_LENGTH) return;
    if (first === null && easy(next)) setWrong("easy");
    else if (first === null) setFirst(next);
    else if (first === next) return onChosen(next);
    else {
      setFirst(null);
      setWrong("differs");
    }
    setPin("");
  };
  return (
    <div class="new-pin">
      <p class="lead" role="status">
        {first === null ? hint : words.pin.again}
      </p>
      {wrong && (
        <p class="problem" role="alert">
          {words.pin[wrong]}
        </p>
      )}
      <PinPad pin={pin} onPin={typed} />
    </div>
  );
}

/** One digit six times, or counting up or down. */
function easy(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, index) => Number(digit) - Number(pin[index]));
  return steps.every((step) => step === steps[0] && Math.abs(step) <= 1);
}

export function FillingScreen() {
  const { words, core } = useApp();
  const { status } = useStanding();
  const { busy, run } = useTask();
  const { progress, fault, running } = status.sync;
  const percent = Math.round((progress ?? 0) * 100);
  return (
    <div class="filling">
      <Emblem />
      <Title>{words.filling.title}</Title>
      {status.tambon && <p class="lead">{words.tambon(status.tambon.code, status.tambon[status.language])}</p>}
      <p>{words.filling.lead}</p>
      <Progress value={progress} label={words.filling.title} />
      <p class="filling-percent" role="status">
        {fault && !running ? words.filling.waiting : progress === null ? words.filling.starting : words.filling.percent(percent)}
      </p>
      {fault && !running && (
        <>
          <FaultNote fault={fault} todo={words.filling.notYet} />
          <Button kind="main" busy={busy} onClick={() => run(async () => void (await core.sync()))}>
            {words.retry}
          </Button>
        </>
      )}
    </div>
  );
}

export function UnlockScreen() {
  const { words, core } = useApp();
  const { status } = useStanding();
  const [pin, setPin] = useState("");
  const [fault, setFault] = useState<Fault | null>(status.fault);
  const [forgotten, setForgotten] = useState(false);
  const { busy, run } = useTask();
  const wait = useWait(fault);

  const typed = (next: string) => {
    setPin(next);
    if (next.length < PIN_LENGTH) return;
    run(
      async () => {
        setFault(null);
        await core.unlock(next);
      },
      (why) => {
        setFault(why);
        setPin("");
      },
    );
  };
  return (
    <div class="unlock">
      <Emblem />
      <Title>{words.pin.enter}</Title>
      {status.person && <p class="lead">{status.person}</p>}
      <p class="problem unlock-problem" role="alert">
        {wait > 0 ? waitWords(words, wait) : fault && fault.code !== "pin-wait" ? `${faultWords(words, fault).title} ${faultWords(words, fault).todo}` : ""}
      </p>
      {busy ? (
        <p class="lead" role="status">
          {words.pin.opening}
        </p>
      ) : (
        <PinPad pin={pin} onPin={typed} disabled={wait > 0} />
      )}
      {forgotten ? (
        <Note icon="lock" live>
          <p>{words.pin.forgottenText}</p>
        </Note>
      ) : (
        <Button kind="quiet" onClick={() => setForgotten(true)}>
          {words.pin.forgotten}
        </Button>
      )}
    </div>
  );
}

function waitWords(words: Words, seconds: number): string {
  return seconds < 90 ? words.pin.waitSeconds(seconds) : words.pin.waitMinutes(Math.ceil(seconds / 60));
}

/** Seconds until a PIN may be tried again. */
function useWait(fault: Fault | null): number {
  const until = fault?.retryAt ?? 0;
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    if (!until) return;
    const timer = setInterval(() => setSeconds(left()), 500);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}
