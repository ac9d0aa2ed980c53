import { describe, expect, it } from '@jest/globals';
import { run } from '../support/run.js';

const ROOT = process.cwd();

/** Stands for an application that answers wrongly to everything. */
const BROKEN = 'data:text/javascript,globalThis.fetch = async () => new Response(null, { status: 500 })';

describe.each([
  ['01-quick-start', 'All 18 requests ended as they must.'],
  ['02-many-projects', 'All ended as it must.'],
  ['03-durable', 'All ended as it must.'],
])('the sample %s', (name, lastLine) => {
  // The Nest command line compiles it first.
  it('is built and run by `nest start`, and all ends as it must', async () => {
    const { code, output } = await run('npx', ['nest', 'start', name], ROOT);

    expect(output.trim().split('\n').at(-1)).toBe(lastLine);
    expect(output).not.toContain('✗');
    expect(code).toBe(0);
  }, 60_000);

  it('ends with the exit code 1 if a request ends wrongly', async () => {
    const { code, output } = await run(process.execPath, ['--import', BROKEN, `sample/${name}/dist/main.js`], ROOT);

    expect(output).toContain('ended wrongly');
    expect(code).toBe(1);
  }, 60_000);
});
