const LONGEST = 200;

/** Untrusted text, cut so that it cannot fill the memory or the page. It is text, never markup. */
export function shownText(text: string | undefined): string {
  if (!text) return '';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
