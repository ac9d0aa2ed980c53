const LONGEST = 200;

/** A text that strangers wrote, cut so that it cannot fill the memory or the page. It is text, never markup. */
export function shownText(text: string | null | undefined): string {
  if (!text) return '';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
