/** A house that is not on the list. */

import { useState } from "preact/hooks";
import { useApp, useStanding } from "../context.ts";
import { useTask } from "../hooks.ts";
import { Button, Field, Head, Radios } from "../parts/basics.tsx";

const FAMILIES = [1, 2, 3, 4, 5];
const HOUSE_CODE = 11;

export function RegisterScreen() {
  const { words, core, go, back, say } = useApp();
  const { status } = useStanding();
  const [village, setVillage] = useState(status.villages.length === 1 ? (status.villages[0]?.code ?? null) : null);
  const [number, setNumber] = useState("");
  const [code, setCode] = useState("");
  const [family, setFamily] = useState(1);
  const [tried, setTried] = useState(false);
  const { busy, run } = useTask();

  const digits = code.replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0xe50)).replace(/\D/g, "");
  const codeWrong = digits.length > 0 && digits.length !== HOUSE_CODE;
  const numberMissing = number.trim() === "";
  const save = () => {
    setTried(true);
    if (!village || numberMissing || codeWrong) return;
    run(async () => {
      const { id, existed } = await core.register({ village, houseNumber: number.trim(), houseCode: digits || null, family });
      if (existed) say(words.register.existed);
      go({ at: "home", id }, { replace: true });
    });
  };
  return (
    <>
      <Head title={words.register.title} onBack={back} />
      <p class="lead indent">{words.register.lead}</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <h2 class="question-label">{words.register.village}</h2>
        <Radios
          name="village"
          legend={words.register.village}
          value={village}
          onChange={setVillage}
          options={status.villages.map((each) => ({ value: each.code, label: [words.moo(each.moo), each.name].filter(Boolean).join(" ") }))}
        />
        <Field
          id="house-number"
          label={words.register.number}
          hint={words.register.numberHint}
          value={number}
          problem={tried && numberMissing ? words.register.numberMissing : null}
          onInput={setNumber}
        />
        <Button onClick={() => setNumber(words.register.noNumber)}>{words.register.noNumber}</Button>
        <Field
          id="house-code"
          label={words.register.code}
          hint={words.register.codeHint}
          inputMode="numeric"
          value={code}
          problem={tried && codeWrong ? words.register.codeWrong : null}
          onInput={setCode}
        />
        {digits.length === HOUSE_CODE && (
          <>
            <h2 class="question-label">{words.register.family}</h2>
            <p class="hint">{words.register.familyHint}</p>
            <Radios
              name="family"
              legend={words.register.family}
              value={family}
              onChange={setFamily}
              options={FAMILIES.map((each) => ({ value: each, label: words.register.familyNth(each) }))}
            />
          </>
        )}
        <button type="submit" class="button main" aria-busy={busy || undefined} aria-disabled={village === null || undefined}>
          <span>{words.register.save}</span>
        </button>
      </form>
    </>
  );
}
