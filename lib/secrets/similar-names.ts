import { projectPath } from '../verification/project-name.js';
import { quoted } from '../verification/quoted-text.js';
import { withoutQuotes } from './secret-rules.js';

/** Names of projects, and what they would be without the marks that come from files and shells. */
export class SimilarNames {
  private readonly byMeaning = new Map<string, readonly string[]>();

  constructor(private readonly names: readonly string[]) {
    for (const name of names) {
      const meaning = meaningOf(name);
      this.byMeaning.set(meaning, [...(this.byMeaning.get(meaning) ?? []), name]);
    }
  }

  /** A name that differs from this one in white space, quotes or case only. */
  like(name: string): string | undefined {
    return this.byMeaning.get(meaningOf(name))?.find((other) => other !== name);
  }

  /** The names that look like a mistake, each with what is the matter. */
  doubts(): readonly string[] {
    return [
      ...this.names
        .filter((name) => bare(name) !== name)
        .map(
          (name) =>
            `${projectPath(name)}: the name has white space or quotes around it, so that tokens of ` +
            `${quoted(bare(name))} will not find it. Is that meant?`,
        ),
      ...[...this.byMeaning.values()]
        .map((names) => names.filter((name) => bare(name) === name))
        .filter(({ length }) => length > 1)
        .map(
          (names) =>
            `${names.map(projectPath).join(' and ')} differ only in case. Tokens find the one that is written as they write it.`,
        ),
    ];
  }
}

function meaningOf(name: string): string {
  return bare(name).toLowerCase();
}

/** A name without white space, invisible characters and quotes around it. */
function bare(name: string): string {
  return withoutQuotes(withoutMargin(name));
}

function withoutMargin(name: string): string {
  const characters = Array.from(name);
  const isVisible = (character: string): boolean => !/[\p{C}\p{Z}]/u.test(character);
  return characters.slice(characters.findIndex(isVisible), characters.findLastIndex(isVisible) + 1).join('');
}
