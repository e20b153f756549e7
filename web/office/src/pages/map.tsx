/**
 * An indicator on the map: provinces by their outlines; tambons and villages as circles where their middles are.
 * Drawn from what the hub and the page hold: there are no tiles, and no other server is asked.
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useOffice } from "../context.ts";
import { areaName, blockOptions, Choice, Crumbs, indicatorName, useArea } from "../parts/area.tsx";
import { Head, Loading, Note, useLoad } from "../parts/basics.tsx";
import { Counted, HiddenNote } from "../parts/figure.tsx";
import { EMPTY, HATCHED, MapDrawing, STEPS, type Mark } from "../parts/map-drawing.tsx";
import type { Outlines } from "../parts/outlines.ts";
import { Table, type Column } from "../parts/table.tsx";
import { useWidth } from "../parts/width.ts";
import { nameOf, percentOf, share, Tally, type AreaRow, type Indicator, type Indicators } from "../planning.ts";
import { addressOf } from "../route.ts";


const ASSESSED = "households.assessed";
const FIRST = "households";

/** What is a share of households. */
const canShare = ({ name, unit }: { name: string; unit: string }) => unit === "households" && name !== "coverage";

export function MapPage() {
  const { hub, words, tongue, session } = useOffice();
  const area = useArea();
  const [block, setBlock] = useState(FIRST);
  const [chosen, setChosen] = useState("households.poor");
  const [outlines, setOutlines] = useState<Outlines | null>(null);
  useEffect(() => void import("../parts/outlines.ts").then((loaded) => setOutlines(() => loaded)), []);
  const load = async () => {
    const blocks = block === "households" ? block : `households,${block}`;
    // Of a province all tambons; a country is drawn by its provinces, which have outlines.
    const which = area === "TH" ? "" : `&middles=true${area.length < 6 ? "&level=tambon" : ""}`;
    return new Tally(await hub.get<Indicators>(`areas/${area}/indicators?blocks=${blocks}${which}`));
  };
  const { found, problem, again } = useLoad(load, [hub, area, block]);
  const says = words.map;
  const isCurrent = found && found.table.area === area && found.block(block).length > 0;
  const shown = isCurrent ? found.block(block).filter(({ name }) => name !== ASSESSED) : [];
  const indicator = shown.find(({ name }) => name === chosen) ?? shown[0];
  return (
    <>
      <Head title={words.pages.map} lead={says.lead} />
      <Crumbs page="map" area={area} />
      {problem || !isCurrent || !indicator || !outlines ? (
        <Loading problem={problem} again={again} />
      ) : (
        <>
          <div class="choosers unprinted">
            <Choice label={words.areas.block} value={block} options={blockOptions(found.table.blocks.filter(canShare), tongue)} onChoose={setBlock} />
            <Choice label={says.indicator} value={indicator.name} options={shown.map((one) => ({ value: one.name, name: indicatorName(one, tongue) }))} onChoose={setChosen} />
          </div>
          <HiddenNote below={found.table.hidden_below} />
          {found.table.rows.length === 0 ? (
            <Note>{words.areas.noRows}</Note>
          ) : (
            <Drawn tally={found} indicator={indicator} outlines={outlines} title={`${indicatorName(indicator, tongue)} – ${areaName(area, session, words, tongue)}`} />
          )}
        </>
      )}
    </>
  );
}

interface DrawnProps {
  tally: Tally;
  indicator: Indicator;
  outlines: Outlines;
  title: string;
}

function Drawn({ tally, indicator, outlines, title }: DrawnProps) {
  const { session, words, tongue, go } = useOffice();
  const says = words.map;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const { table } = tally;
  const marks = useMemo<Mark[]>(
    () =>
      table.rows.map((row) => {
        const [count, assessed] = [tally.of(row, indicator.name), tally.of(row, ASSESSED)];
        return {
          key: row.area,
          name: nameOf(row, words, tongue),
          nameEn: row.name_en ?? "",
          short: row.area.length === 8 ? words.moo(Number(row.area.slice(6))) : nameOf(row, words, tongue),
          told: `${nameOf(row, words, tongue)}: ${share(count, assessed)}`,
          size: assessed,
          percent: percentOf(count, assessed),
          isHidden: count === null || assessed === null,
          place: row.middle ? outlines.placeOf(row.middle) : null,
        };
      }),
    [tally, indicator, outlines, words],
  );
  const isCountry = table.area === "TH";
  const unplaced = isCountry ? [] : marks.filter(({ place }) => place === null);
  const province = isCountry ? undefined : outlines.outlineOf(session.tambons.find(({ code }) => code.startsWith(table.area))?.province_en ?? "");
  const places = marks.flatMap(({ place }) => (place ? [place] : []));
  const sight = useMemo(() => {
    if (isCountry) return outlines.wholeSight();
    if (table.area.length === 2 && province) return outlines.sightOf(province);
    // A village is seen with 2 km around it.
    return places.length > 0 ? outlines.around(places, 0.25, 2 / outlines.kmPerUnit(places[0]?.y ?? 0)) : null;
  }, [marks, outlines]);
  const drill = isCountry ? (code: string) => go("map", code) : null;
  return (
    <>
      <div ref={frame}>
        {width > 0 && sight && <MapDrawing width={width} title={title} sight={sight} marks={marks} outlines={outlines} province={province?.name ?? null} onChoose={drill} />}
      </div>
      <Legend what={indicatorName(indicator, tongue)} isCountry={isCountry} />
      {unplaced.length > 0 && <p class="soft small">{says.unplaced(unplaced.map(({ name }) => name).join(", "))}</p>}
      <p class="soft small">
        {says.noOutlines}
        <br />
        {says.credit}
      </p>
      <h2>{title}</h2>
      <Areas tally={tally} indicator={indicator} title={title} />
    </>
  );
}

function Legend({ what, isCountry }: { what: string; isCountry: boolean }) {
  const { words } = useOffice();
  const says = words.map;
  const swatch = (fill: string) => (
    <svg viewBox="0 0 10 10" width="16" height="16" aria-hidden="true">
      <rect width="10" height="10" fill={fill} />
    </svg>
  );
  return (
    <div class="map-legend">
      <p>{says.colour(what)}</p>
      <ul class="legend">
        {STEPS.map(({ upTo, colour }, at) => (
          <li key={colour}>
            {swatch(colour)} {at < STEPS.length - 1 ? says.upTo(upTo) : says.above(STEPS[at - 1]?.upTo ?? 0)}
          </li>
        ))}
        <li>
          {swatch(HATCHED)} {says.hiddenColour}
        </li>
        {isCountry && (
          <li>
            {swatch(EMPTY)} {says.emptyColour}
          </li>
        )}
      </ul>
      {!isCountry && <p>{says.size}</p>}
    </div>
  );
}

/** What the map shows, as a table; and the way to what lies in an area. */
function Areas({ tally, indicator, title }: { tally: Tally; indicator: Indicator; title: string }) {
  const { tambon, words, tongue } = useOffice();
  const { rows, level } = tally.table;
  const columns = useMemo<Column<AreaRow>[]>(() => {
    const name = (row: AreaRow) => nameOf(row, words, tongue);
    const link = (row: AreaRow) => <a href={addressOf(level === "tambon" ? row.area : tambon.code, "map", row.area)}>{name(row)}</a>;
    const numeric = (key: string, head: string, of: (row: AreaRow) => number | null) => ({ key, head, value: of, draw: (row: AreaRow) => <Counted count={of(row)} />, numeric: true });
    const percent = (row: AreaRow) => percentOf(tally.of(row, indicator.name), tally.of(row, ASSESSED));
    return [
      { key: "area", head: words.areas.levels[level], value: (row) => (level === "village" ? row.area : name(row)), draw: level === "village" ? name : link },
      numeric("assessed", words.overview.assessed, (row) => tally.of(row, ASSESSED)),
      numeric("count", indicatorName(indicator, tongue), (row) => tally.of(row, indicator.name)),
      { key: "percent", head: words.areas.rate, value: percent, draw: (row) => share(tally.of(row, indicator.name), tally.of(row, ASSESSED)), numeric: true },
    ];
  }, [tally, indicator, words]);
  return <Table caption={title} columns={columns} rows={rows} keyOf={({ area }) => area} />;
}

