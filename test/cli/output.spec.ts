import { describe, expect, it } from '@jest/globals';
import { Output } from '../../lib/cli/output.js';

function outputOf(options: { readonly json?: boolean; readonly isTTY?: boolean }, print: (output: Output) => void) {
  let printed = '';
  const stdout = { isTTY: options.isTTY ?? false, write: (text: string) => (printed += text) };
  print(new Output(options, { stdout, env: {} }));
  return printed;
}

const HOSTILE = 'a\u009b31m\u007f\u202e\u2028\u{e0001}\ud800z';

describe('standard output', () => {
  it.each(['json', 'jsonLine'] as const)('has documents with escapes for a script: %s', (method) => {
    const document = { [HOSTILE]: [HOSTILE, 'ä\u{1f600}\n'] };
    const printed = outputOf({ json: true }, (output) => {
      output[method](document);
    });
    expect(printed.replace('ä\u{1f600}', '')).toMatch(/^[ -~\n]+\n$/);
    expect(printed).toContain('ä\u{1f600}');
    expect(JSON.parse(printed)).toEqual(document);
    if (method === 'jsonLine') expect(printed.indexOf('\n')).toBe(printed.length - 1);
  });

  it('leaves out members that are nested too deeply, and says so', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    const printed = outputOf({ json: true }, (output) => {
      output.jsonLine({ status: 204, shallow: nested(100), deep: nested(101), abyss: { in: nested(100_000) } });
    });
    expect(JSON.parse(printed)).toEqual({
      status: 204,
      shallow: nested(100),
      omitted: { deep: 'nested more than 100 levels deep', abyss: 'nested more than 100 levels deep' },
    });
  });

  it('has lines without control characters for a person, but with colours in a terminal', () => {
    const print = (output: Output) => {
      output.line(`${output.paint.good('good')}\n  ${HOSTILE}\u001b[2J\u001b]0;title\u0007`);
    };
    const plain = 'a?31m?????z?[2J?]0;title?';
    expect(outputOf({}, print)).toBe(`good\n  ${plain}\n`);
    expect(outputOf({ isTTY: true }, print)).toBe(`\u001b[32mgood\u001b[0m\n  ${plain}\n`);
  });
});
