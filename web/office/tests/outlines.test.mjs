// The map's outlines lie where they belong: the town that a province is named after lies in its outline.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const OFFICE = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const built = await build({ entryPoints: [join(OFFICE, "src/parts/outlines.ts")], bundle: true, format: "esm", write: false });
const { OUTLINES, corners, kmPerUnit, outlineOf, placeOf } = await import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);

/** Latitude and longitude of towns, by their province's name. */
const TOWNS = {
  Bangkok: [13.7563, 100.5018],
  "Chiang Mai": [18.7883, 98.9853],
  "Chiang Rai": [19.9105, 99.8406],
  "Mae Hong Son": [19.302, 97.9654],
  Phitsanulok: [16.8211, 100.2659],
  "Khon Kaen": [16.4322, 102.8236],
  "Nakhon Phanom": [17.392, 104.7696],
  "Ubon Ratchathani": [15.2448, 104.8473],
  "Nakhon Ratchasima": [14.9799, 102.0978],
  Saraburi: [14.5289, 100.9101],
  "Lop Buri": [14.7995, 100.6534],
  "Ang Thong": [14.5896, 100.455],
  "Sing Buri": [14.8936, 100.3967],
  Nonthaburi: [13.8591, 100.5217],
  "Pathum Thani": [14.0208, 100.525],
  "Samut Songkhram": [13.4098, 100.0023],
  Kanchanaburi: [14.0228, 99.5328],
  Trat: [12.2428, 102.5177],
  Chumphon: [10.493, 99.18],
  Ranong: [9.9529, 98.6085],
  Phuket: [7.8904, 98.3923],
  Satun: [6.6238, 100.0674],
  Yala: [6.541, 101.2804],
  Narathiwat: [6.4255, 101.8253],
};

/** Whether a place lies in an outline: a line from it to the right crosses the outline an odd number of times. */
function isIn({ path }, { x, y }) {
  const parts = path.split("z").filter((part) => part.trim());
  let end = 0;
  const all = corners(path);
  let inside = false;
  for (const part of parts) {
    const count = part.match(/,/g).length;
    const ring = all.slice(end, end + count);
    end += count;
    ring.forEach((a, at) => {
      const b = ring[(at + 1) % count];
      if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
    });
  }
  return inside;
}

test("each town lies in the outline of its province, and in no other", () => {
  for (const [name, [lat, lon]] of Object.entries(TOWNS)) {
    const place = placeOf({ lat, lon });
    assert.deepEqual(OUTLINES.filter((outline) => isIn(outline, place)).map((outline) => outline.name), [outlineOf(name).name], name);
  }
});

test("every province of the hub has an outline, and every outline is a province's", () => {
  const areas = readFileSync(join(OFFICE, "../../data/areas/areas.csv"), "utf8").trim().split("\n").slice(1);
  const provinces = areas.map((line) => line.split(",")).filter(([code]) => code.length === 2);
  const found = provinces.map(([, , en]) => outlineOf(en)?.name ?? `none of ${en}`);
  assert.deepEqual([...found].sort(), OUTLINES.map(({ name }) => name).sort());
});

test("a kilometre is a kilometre", () => {
  const [bangkok, chiangRai] = [TOWNS.Bangkok, TOWNS["Chiang Rai"]];
  for (const [lat, lon] of [bangkok, chiangRai]) {
    const [a, b] = [placeOf({ lat, lon }), placeOf({ lat: lat + 0.1, lon: lon + 0.1 })];
    const km = Math.hypot(a.x - b.x, a.y - b.y) * kmPerUnit((a.y + b.y) / 2);
    const told = 11.132 * Math.hypot(1, Math.cos(((lat + 0.05) * Math.PI) / 180));
    assert.ok(Math.abs(km / told - 1) < 0.005, `${km} km, not ${told}`);
  }
});
