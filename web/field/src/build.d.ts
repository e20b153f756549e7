/** What the build puts in. */

declare const __VERSION__: string;
