import { describe, expect, it } from '@jest/globals';
import { cut, quoted } from '../../lib/verification/quoted-text.js';

describe('Untrusted text', () => {
  it('is cut after 64 characters', () => {
    expect(cut('x'.repeat(64))).toBe('x'.repeat(64));
    expect(cut('x'.repeat(65))).toBe(`${'x'.repeat(64)}…`);
  });

  it('is cut between characters, of which each code point is one', () => {
    expect(cut('\u{1f600}'.repeat(64))).toBe('\u{1f600}'.repeat(64));
    expect(cut(`x${'\u{1f600}'.repeat(64)}`)).toBe(`x${'\u{1f600}'.repeat(63)}…`);
    expect(quoted(`x${'\u{1f600}'.repeat(1000)}`)).toBe(`"x${'\u{1f600}'.repeat(63)}…"`);
  });

  it('is harmless whatever characters it has, and equal as JSON', () => {
    const wrong: string[] = [];
    // The planes that have characters, and tags, which are invisible.
    for (let codePoint = 0; codePoint <= 0xe0fff; codePoint += codePoint === 0x1ffff ? 0xc0001 : 1) {
      const character = String.fromCodePoint(codePoint);
      const isUnsafe = /[\p{C}\p{Zl}\p{Zp}]/u.test(character);
      const json = quoted(character);
      const isRight =
        JSON.parse(json) === character &&
        (isUnsafe ? /^"[ -~]+"$/ : /^".{1,2}"$/su).test(json) &&
        cut(character) === (isUnsafe ? '?' : character);
      if (!isRight) wrong.push(codePoint.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  it('has no lone surrogate once it is cut or quoted', () => {
    for (const text of ['\ud83d', '\ude00\ud83d', `${'x'.repeat(63)}\ud83d`, `${'x'.repeat(64)}\ude00`]) {
      expect(Buffer.from(cut(text)).toString()).toBe(cut(text));
      expect(cut(text)).not.toContain('\ufffd');
      expect(JSON.parse(quoted(text))).toBe(text.length > 64 ? `${text.slice(0, 64)}…` : text);
    }
  });

  it('is quoted without control characters and changes of direction', () => {
    expect(quoted('a"b\n')).toBe('"a\\"b\\n"');
    expect(quoted('a\u007f\u009f\u00a0b\u2028\u202e\u202f\u2066\u2069\u206a')).toBe(
      '"a\\u007f\\u009f\u00a0b\\u2028\\u202e\u202f\\u2066\\u2069\\u206a"',
    );
    expect(quoted('x'.repeat(65))).toBe(`"${'x'.repeat(64)}…"`);
  });
});
