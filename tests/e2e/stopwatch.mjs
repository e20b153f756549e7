// Times what a person waits for on a slow phone, and tells how much of that the worker took.
//
//   const watch = await stopwatch(page, ".unlock .pin");      // before the page is opened
//   await watch.slow(6);                                     // the page's thread, six times slower
//   await page.goto(…);
//   const opened = await watch.drawn();                      // from the page's beginning until that is painted
//   const tap = () => watch.tap(row);
//   const { ms, workerMs } = await watch.since("click", ".writers", tap);   // from the last click until that is painted anew
//   const { longestMs, late } = await watch.frames(50, async () => …);
//   const { pageBytes, workerBytes, coreBytes } = await watch.memory();
//
// A tap is told to the browser and not to the page: the driver's own tap runs scripts in the page before, under and after
// the finger, six times slower than the rest, which nobody with a phone waits for. A tap is measured from when the
// finger leaves the glass, as the browser stamped it, until the frame is through that shows what came of it.
//
// Chromium slows down the thread of a page, and refuses to slow down a worker ("Operation is only supported for
// pages, not workers"). So the worker's part is told apart, for whoever wants it six times as long.

/** How long a finger lies on the glass, and the eye rests on what is new before it. */
const FINGER_MS = 80;
const REST_MS = 400;
/** Frames come at multiples of 16.7 ms, and are stamped with so much noise. */
const JITTER_MS = 1;

/** Watches a page that is not opened yet, from its beginning on for `first`. */
export async function stopwatch(page, first) {
  await page.addInitScript(watchPage, first);
  page.on("worker", (worker) => void worker.evaluate(watchWorker).catch(() => {}));
  return new Stopwatch(page, await page.context().newCDPSession(page));
}

class Stopwatch {
  #worker;

  constructor(page, tools) {
    this.page = page;
    this.tools = tools;
  }

  /** Makes the page's thread this many times slower. */
  async slow(rate) {
    await this.tools.send("Emulation.setCPUThrottlingRate", { rate });
  }

  /** A finger on the middle of an element. */
  async tap(element) {
    await element.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await element.boundingBox();
    await rest(REST_MS);
    await this.#touch("touchStart", [{ x: x + width / 2, y: y + height / 2 }]);
    await rest(FINGER_MS);
    await this.#touch("touchEnd", []);
  }

  async #touch(type, touchPoints) {
    await this.tools.send("Input.dispatchTouchEvent", { type, touchPoints });
  }

  /**
   * Does something, and waits until something is painted that was not there at the last event of this type. Gives the
   * milliseconds, those of them before the page heard of the event, those in which the worker had something to answer,
   * and its calls.
   */
  async since(type, selector, act) {
    // The act comes when the page listens: an event overtakes a script that is only on its way.
    await this.page.evaluate(([type, selector]) => void (globalThis.watched.drawn = globalThis.watched.since(type, selector)), [type, selector]);
    await act();
    return this.drawn();
  }

  /** The same for what the page was opened with, since its beginning. */
  async drawn() {
    const { from, heard, to, calls } = await this.page.evaluate(() => globalThis.watched.drawn);
    const worked = new Map(await this.page.workers()[0].evaluate(() => [...globalThis.worked]));
    for (const call of calls) Object.assign(call, { begun: call.posted, done: call.answered }, worked.get(call.id));
    const timed = calls.map(({ method, begun, done }) => ({ method, begun: begun - from, done: (done ?? to) - from }));
    return { from, ms: to - from, unheardMs: heard - from, workerMs: covered(calls, from, to), calls: timed };
  }

  /** Waits until so many changes of others are in the page and the sync is done. */
  async news(changes) {
    await this.page.evaluate((changes) => globalThis.watched.news(changes), changes);
  }

  /** When the whole answer to a call was in the page. */
  async answered(method) {
    const told = await this.page.waitForFunction(
      (method) => [...globalThis.watched.calls.values()].findLast((call) => call.method === method)?.answered,
      method,
    );
    return told.jsonValue();
  }

  /** What of the last opening was the key that is made from the PIN: slow on purpose, and not the worker's own time. */
  async derivation() {
    const ms = await this.page.workers()[0].evaluate(() => globalThis.derivedMs);
    return { ms, workerMs: ms };
  }

  /**
   * Runs something; gives how many frames there were, the longest time between two of them, how many times that was
   * over `lateMs` (by more than a frame's own jitter), and the lengths of the page's tasks over 50 ms.
   */
  async frames(lateMs, run) {
    await this.page.evaluate(() => globalThis.watched.frames(true));
    await run();
    const { gaps, longTasks } = await this.page.evaluate(() => globalThis.watched.frames(false));
    const late = gaps.filter((gap) => gap > lateMs + JITTER_MS).length;
    return { frames: gaps.length, longestMs: Math.max(0, ...gaps), late, longTasks };
  }

  /** What lives after a collection: objects of the page and of the worker, and the core's memory. */
  async memory() {
    const worker = await this.#attached();
    await this.tools.send("HeapProfiler.enable");
    await this.tools.send("HeapProfiler.collectGarbage");
    await worker("HeapProfiler.collectGarbage");
    const page = await this.tools.send("Runtime.getHeapUsage");
    const { usedSize } = await worker("Runtime.getHeapUsage");
    const { result: prototype } = await worker("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
    const { objects } = await worker("Runtime.queryObjects", { prototypeObjectId: prototype.objectId });
    const sum = "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }";
    const { result } = await worker("Runtime.callFunctionOn", { objectId: objects.objectId, functionDeclaration: sum, returnByValue: true });
    return { pageBytes: page.usedSize, workerBytes: usedSize, coreBytes: result.value };
  }

  /** Sends commands to the worker. */
  async #attached() {
    if (this.#worker) return this.#worker;
    const attached = new Promise((resolve) => {
      this.tools.on("Target.attachedToTarget", (target) => target.targetInfo.type === "worker" && resolve(target));
    });
    await this.tools.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    const { sessionId } = await attached;
    const waiting = new Map();
    this.tools.on("Target.receivedMessageFromTarget", ({ message, ...from }) => {
      if (from.sessionId !== sessionId) return;
      const { id, result, error } = JSON.parse(message);
      if (id !== undefined) waiting.get(id)(error ? Promise.reject(new Error(error.message)) : result);
    });
    let commands = 0;
    this.#worker = (method, params = {}) =>
      new Promise((resolve) => {
        commands += 1;
        waiting.set(commands, resolve);
        void this.tools.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id: commands, method, params }) });
      });
    return this.#worker;
  }
}

function rest(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/** Milliseconds between `from` and `to` in which at least one call was worked on. */
function covered(calls, from, to) {
  let [sum, reached] = [0, from];
  for (const { begun, done } of [...calls].sort((one, other) => one.begun - other.begun)) {
    const [begin, end] = [Math.max(begun, reached), Math.min(done ?? to, to)];
    if (end > begin) sum += end - begin;
    reached = Math.max(reached, end);
  }
  return sum;
}

/** In the page: when it asks the worker something, and when things are painted. */
function watchPage(first) {
  const now = () => performance.timeOrigin + performance.now();
  const watched = { calls: new Map(), status: null, changed: 0, heard() {} };
  globalThis.watched = watched;

  const Plain = globalThis.Worker;
  globalThis.Worker = class extends Plain {
    constructor(...words) {
      super(...words);
      this.addEventListener("message", ({ data }) => {
        if (data.event?.event === "status") watched.status = data.event.status;
        if (data.event?.event === "households") watched.changed += data.event.changed.length;
        if (data.event) watched.heard();
        const call = watched.calls.get(data.answer);
        if (call && !data.more) call.answered = now();
      });
    }

    postMessage(message, ...rest) {
      if (message.call) watched.calls.set(message.call, { id: message.call, method: message.method, posted: now(), answered: null });
      super.postMessage(message, ...rest);
    }
  };

  watched.since = (type, selector) =>
    new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`${selector} was not drawn`)), 30_000);
      let from = type ? null : performance.timeOrigin;
      let heard = from;
      let isGone = !type || !document.querySelector(selector);
      const hear = (event) => ([from, heard] = [performance.timeOrigin + event.timeStamp, now()]);
      if (type) addEventListener(type, hear, { capture: true });
      const look = () => {
        const isThere = document.querySelector(selector) !== null;
        isGone ||= !isThere;
        if (from === null || !isGone || !isThere) return;
        observer.disconnect();
        removeEventListener(type, hear, { capture: true });
        // The frame that shows it is through when the next task runs.
        requestAnimationFrame(() => setTimeout(() => resolve({ from, heard, to: now(), calls: [...watched.calls.values()].filter(({ posted }) => posted >= from) })));
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
      look();
    });
  watched.drawn = watched.since(null, first);

  watched.news = (changes) =>
    new Promise((resolve) => {
      watched.heard = () => watched.changed >= changes && !watched.status?.sync.running && resolve();
      watched.heard();
    });

  let seen = null;
  watched.frames = (on) => {
    if (!on) {
      const { gaps, longTasks, observer } = seen;
      seen = null;
      longTasks.push(...observer.takeRecords().map(({ duration }) => duration));
      observer.disconnect();
      return { gaps, longTasks };
    }
    const longTasks = [];
    const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ entryTypes: ["longtask"] });
    const mine = (seen = { gaps: [], longTasks, observer });
    let before = null;
    const frame = (at) => {
      if (seen !== mine) return;
      if (before !== null) mine.gaps.push(at - before);
      before = at;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };
}

/** In the worker: when it began with a call, and when it was done. */
function watchWorker() {
  const now = () => performance.timeOrigin + performance.now();
  const worked = (globalThis.worked = new Map());
  const answer = globalThis.onmessage;
  globalThis.onmessage = (event) => {
    if (event.data.call) worked.set(event.data.call, { begun: now() });
    return answer(event);
  };
  const derive = crypto.subtle.deriveKey.bind(crypto.subtle);
  crypto.subtle.deriveKey = async (...words) => {
    const from = now();
    const key = await derive(...words);
    globalThis.derivedMs = now() - from;
    return key;
  };
  const post = globalThis.postMessage.bind(globalThis);
  globalThis.postMessage = (message, ...rest) => {
    if (worked.has(message.answer)) worked.get(message.answer).done = now();
    post(message, ...rest);
  };
}
