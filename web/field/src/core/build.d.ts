/** What the build puts in. */

declare const __VERSION__: string;
/** Addresses of files whose names tell their content. */
declare const __CORE_WASM__: string;
declare const __CORE_WORKER__: string;
declare const __PRACTICE_FORM__: string;
