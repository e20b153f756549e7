/** A camera that looks for a code, where the browser can do that. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../context.ts";
import { Button, Note } from "./basics.tsx";

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
type Detectors = new (options: { formats: string[] }) => Detector;

const detectors = (globalThis as { BarcodeDetector?: Detectors }).BarcodeDetector;

export const CAN_SCAN = detectors !== undefined && Boolean(globalThis.navigator?.mediaDevices);
const LOOK_MS = 200;

export function Scanner({ formats, onFound, onStop }: { formats: string[]; onFound: (text: string) => void; onStop: () => void }) {
  const { words } = useApp();
  const video = useRef<HTMLVideoElement>(null);
  const [failed, setFailed] = useState(false);
  const found = useRef(onFound);
  found.current = onFound;

  useEffect(() => {
    let stream: MediaStream | null = null;
    let stopped = false;
    const look = async () => {
      if (!detectors) throw new Error("no detector");
      const detector = new detectors({ formats });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      const shown = video.current;
      if (stopped || !shown) return stream.getTracks().forEach((track) => track.stop());
      shown.srcObject = stream;
      await shown.play();
      while (!stopped) {
        const [code] = shown.readyState >= 2 ? await detector.detect(shown) : [];
        if (code && !stopped) return found.current(code.rawValue);
        await new Promise((wake) => setTimeout(wake, LOOK_MS));
      }
    };
    look().catch(() => !stopped && setFailed(true));
    return () => {
      stopped = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [formats.join()]);

  return (
    <div class="scanner">
      {failed ? (
        <Note tone="warn" icon="alert" title={words.welcome.noCamera} live />
      ) : (
        <>
          <div class="scanner-frame">
            <video ref={video} muted playsInline aria-label={words.welcome.scanning} />
          </div>
          <p class="hint">{words.welcome.scanning}</p>
        </>
      )}
      <Button onClick={onStop}>{words.barcode.stop}</Button>
    </div>
  );
}
