/**
 * What makes the pages pleasant in a browser that runs scripts; each of them works without. Browsers are sent the text of this
 * function, so it refers to nothing outside of itself.
 */
export function pageScript(): void {}
