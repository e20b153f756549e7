/** What every kind of answer is given. */

import type { Node, Value } from "../../core/api.ts";

export interface AnswerProps {
  node: Node;
  /** Unique on the screen; the label's element is `${id}-label`. */
  id: string;
  /** What describes the control: ids of hint and problem. */
  described: string | undefined;
  /** The only question of its page: its control may open at once. */
  alone: boolean;
  /** Resolves when the answer is on the disk. */
  give: (value: Value) => Promise<void>;
  attach: (picture: Blob) => Promise<void>;
}
