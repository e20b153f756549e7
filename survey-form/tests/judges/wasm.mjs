// Hands every line of standard input to the interview in WebAssembly and writes what it tells, a line each.
// Argument: the module. Its interface: `reserve(length)` gives the address to write the question to, `tell()`
// the address of 4 bytes of length and the answer behind them.
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const { memory, reserve, tell } = instance.exports;
const told = [];
for (const line of readFileSync(0, "utf8").split("\n").filter((line) => line !== "")) {
  const question = Buffer.from(line, "utf8");
  const address = reserve(question.length);
  new Uint8Array(memory.buffer).set(question, address);
  const answer = tell();
  const length = new DataView(memory.buffer).getUint32(answer, true);
  told.push(Buffer.from(memory.buffer.slice(answer + 4, answer + 4 + length)).toString("utf8"));
}
process.stdout.write(told.join("\n"));
