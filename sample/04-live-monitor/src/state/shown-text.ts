const LONGEST = 200;

/** Cuts untrusted text, so that it cannot fill the memory or the page. It is shown as text, never as markup. */
export function shownText(text: string | undefined): string {
  if (!text) return '';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
