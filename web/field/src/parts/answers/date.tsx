/** Days and times. The calendar is our own: years of the Buddhist era, one thumb, any language of the phone. */

import { useState } from "preact/hooks";
import { addDays, BUDDHIST, dayAt, daysIn, longDay, monthName, monthShort, readDay, two, weekdayNames, weekdayOf, writeDay, type Day } from "../../../../shared/dates.ts";
import { useApp } from "../../context.ts";
import { Button, IconButton, Sheet } from "../basics.tsx";
import { Icon } from "../icon.tsx";
import type { AnswerProps } from "./props.ts";

export function DateAnswer({ node, id, described, give }: AnswerProps) {
  const { words, tongue } = useApp();
  const [choosing, setChoosing] = useState(false);
  const day = readDay(node.value);
  const today = dayAt(Date.now());
  const parts = /\bmonth-year\b/.test(node.appearance) ? "month" : /\byear\b/.test(node.appearance) ? "year" : "day";
  const choose = (chosen: Day) => {
    setChoosing(false);
    void give(writeDay(chosen));
  };
  return (
    <>
      <button type="button" id={id} class="input as-button" aria-describedby={`${id}-label ${described ?? ""}`.trim()} onClick={() => setChoosing(true)}>
        <Icon name="calendar" />
        <span>{day ? dayWords(day, parts, tongue) : words.date.choose}</span>
      </button>
      {parts === "day" && (
        <div class="pair">
          <Button onClick={() => choose(today)} pressed={day !== null && writeDay(day) === writeDay(today)}>
            {words.date.today}
          </Button>
          <Button onClick={() => choose(addDays(today, -1))}>{words.date.yesterday}</Button>
        </div>
      )}
      {day && !node.required && (
        <Button kind="quiet" icon="cross" onClick={() => void give(null)}>
          {words.clear}
        </Button>
      )}
      {choosing && (
        <Sheet title={node.label || words.date.choose} onClose={() => setChoosing(false)}>
          <Calendar day={day} parts={parts} onChoose={choose} />
        </Sheet>
      )}
    </>
  );
}

export function DateTimeAnswer({ node, id, described, alone, give, attach }: AnswerProps) {
  const text = typeof node.value === "string" ? node.value : "";
  const [day, time] = [text.slice(0, 10), text.slice(11, 16)];
  const now = new Date();
  const write = (nextDay: string, nextTime: string) =>
    give(`${nextDay || writeDay(dayAt(now.getTime()))}T${nextTime || `${two(now.getHours())}:${two(now.getMinutes())}`}:00.000${offset()}`);
  const part = { id, described, alone, attach };
  return (
    <>
      <DateAnswer {...part} node={{ ...node, required: true, appearance: "", value: day || null }} give={(value) => write(String(value), time)} />
      <TimeAnswer {...part} id={`${id}-time`} node={{ ...node, required: true, value: time || null }} give={(value) => write(day, String(value).slice(0, 5))} />
    </>
  );
}

/** The phone's offset from UTC, `+07:00`. */
function offset(): string {
  const minutes = -new Date().getTimezoneOffset();
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

type Parts = "day" | "month" | "year";

function dayWords(day: Day, parts: Parts, tongue: "th" | "en"): string {
  if (parts === "year") return String(day.year + BUDDHIST);
  if (parts === "month") return `${monthName(day.month, tongue)} ${day.year + BUDDHIST}`;
  return longDay(day, tongue);
}

const YEARS = 20;

export function Calendar({ day, parts, onChoose }: { day: Day | null; parts: Parts; onChoose: (day: Day) => void }) {
  const { words, tongue } = useApp();
  const today = dayAt(Date.now());
  const [shown, setShown] = useState<Day>({ ...(day ?? today), day: 1 });
  const [level, setLevel] = useState<Parts>(parts);
  const [firstYear, setFirstYear] = useState(shown.year - ((shown.year + BUDDHIST) % YEARS));

  const toYears = () => {
    setFirstYear(shown.year - ((shown.year + BUDDHIST) % YEARS));
    setLevel("year");
  };
  const move = (months: number) => {
    const index = shown.year * 12 + shown.month - 1 + months;
    setShown({ year: Math.floor(index / 12), month: (index % 12) + 1, day: 1 });
  };

  if (level === "year") {
    return (
      <div class="calendar">
        <div class="calendar-head">
          <IconButton icon="left" label={words.date.earlier} onClick={() => setFirstYear(firstYear - YEARS)} />
          <p class="calendar-title" role="status">
            {words.date.chooseYear}
          </p>
          <IconButton icon="right" label={words.date.later} onClick={() => setFirstYear(firstYear + YEARS)} />
        </div>
        <div class="calendar-years">
          {Array.from({ length: YEARS }, (_, index) => firstYear + index).map((year) => (
            <button
              key={year}
              type="button"
              class={year === day?.year ? "cell chosen" : year === today.year ? "cell today" : "cell"}
              onClick={() => {
                if (parts === "year") return onChoose({ year, month: 1, day: 1 });
                setShown({ ...shown, year });
                setLevel("month");
              }}
            >
              {year + BUDDHIST}
            </button>
          ))}
        </div>
      </div>
    );
  }

  if (level === "month") {
    return (
      <div class="calendar">
        <div class="calendar-head">
          <button type="button" class="calendar-jump" onClick={toYears}>
            {shown.year + BUDDHIST} <Icon name="down" size={1} />
          </button>
        </div>
        <div class="calendar-months">
          {Array.from({ length: 12 }, (_, index) => index + 1).map((month) => (
            <button
              key={month}
              type="button"
              class={day?.year === shown.year && day.month === month ? "cell chosen" : "cell"}
              aria-label={monthName(month, tongue)}
              onClick={() => {
                if (parts === "month") return onChoose({ year: shown.year, month, day: 1 });
                setShown({ ...shown, month });
                setLevel("day");
              }}
            >
              {monthShort(month, tongue)}
            </button>
          ))}
        </div>
      </div>
    );
  }

  const blanks = weekdayOf(shown);
  const length = daysIn(shown.year, shown.month);
  return (
    <div class="calendar">
      <div class="calendar-head">
        <IconButton icon="left" label={words.date.previousMonth} onClick={() => move(-1)} />
        <button type="button" class="calendar-jump" onClick={() => setLevel("month")}>
          {monthName(shown.month, tongue)}
        </button>
        <button type="button" class="calendar-jump" aria-label={`${words.date.year} ${shown.year + BUDDHIST}`} onClick={toYears}>
          {shown.year + BUDDHIST}
        </button>
        <IconButton icon="right" label={words.date.nextMonth} onClick={() => move(1)} />
      </div>
      <div class="calendar-days">
        {weekdayNames(tongue).map((weekday) => (
          <span key={weekday.long} class="calendar-weekday" role="img" aria-label={weekday.long}>
            {weekday.short}
          </span>
        ))}
        {Array.from({ length: blanks }, (_, index) => (
          <span key={`blank ${index}`} />
        ))}
        {Array.from({ length }, (_, index) => ({ ...shown, day: index + 1 })).map((each) => {
          const [written, chosen] = [writeDay(each), day !== null && writeDay(day) === writeDay(each)];
          return (
            <button
              key={written}
              type="button"
              class={chosen ? "cell chosen" : written === writeDay(today) ? "cell today" : "cell"}
              aria-label={longDay(each, tongue)}
              aria-pressed={chosen}
              onClick={() => onChoose(each)}
            >
              {each.day}
            </button>
          );
        })}
      </div>
    </div>
  );
}

const MINUTE_STEP = 5;

export function TimeAnswer({ node, id, described, give }: AnswerProps) {
  const { words } = useApp();
  const parts = /^(\d{2}):(\d{2})/.exec(typeof node.value === "string" ? node.value : "");
  const time = parts ? { hour: Number(parts[1]), minute: Number(parts[2]) } : null;
  const write = (hour: number, minute: number) => void give(`${two((hour + 24) % 24)}:${two((minute + 60) % 60)}:00.000${offset()}`);
  const now = () => {
    const date = new Date();
    write(date.getHours(), date.getMinutes());
  };
  return (
    <div class="time" role="group" aria-labelledby={`${id}-label`} aria-describedby={described}>
      <div class="time-wheels">
        <Wheel what={words.time.hour} value={time?.hour ?? null} onStep={(step) => write((time?.hour ?? 8) + step, time?.minute ?? 0)} />
        <span class="time-dot" aria-hidden="true">
          .
        </span>
        <Wheel
          what={words.time.minute}
          value={time?.minute ?? null}
          onStep={(step) => write(time?.hour ?? 8, nextMinute(time?.minute ?? 0, step))}
        />
        <Button onClick={now} icon="clock">
          {words.time.now}
        </Button>
      </div>
      {time && !node.required && (
        <Button kind="quiet" icon="cross" onClick={() => void give(null)}>
          {words.clear}
        </Button>
      )}
    </div>
  );
}

function nextMinute(minute: number, step: number): number {
  const steps = step > 0 ? Math.floor(minute / MINUTE_STEP) + 1 : Math.ceil(minute / MINUTE_STEP) - 1;
  return steps * MINUTE_STEP;
}

function Wheel({ what, value, onStep }: { what: string; value: number | null; onStep: (step: number) => void }) {
  const { words } = useApp();
  return (
    <div class="wheel">
      <IconButton icon="up" label={words.time.more(what)} onClick={() => onStep(1)} />
      <p class="wheel-value" role="status" aria-label={`${what} ${value ?? ""}`}>
        {value === null ? "--" : two(value)}
      </p>
      <IconButton icon="down" label={words.time.less(what)} onClick={() => onStep(-1)} />
    </div>
  );
}
