import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCallback } from '../../lib/callbacks/catalogue.js';
import { printable } from '../../lib/cli/output.js';
import { LogLine } from '../../lib/telemetry/log-line.js';
import { outcomeLine } from '../../lib/telemetry/outcome-lines.js';
import { bearerToken, parseToken } from '../../lib/verification/unverified-token.js';
import { checkClaims } from '../../lib/verification/token-claims.js';
import { refusedClaims } from '../../lib/verification/token-signature.js';
import { isJsonObject } from '../../lib/callbacks/json-object.js';
import { parseJsonText } from '../../lib/verification/json-text.js';
import { explainPayload, payloadDigest, payloadMismatch } from '../../lib/verification/payload-hash.js';
import { har, rawCapture } from '../cli/support/captures.js';
import { runCommand } from '../cli/support/run-command.js';
import { genuineClaims, nowInSeconds, PROJECT, sha256, signed, USER_AGENT } from '../support/signer.js';
import { holds } from './holds.js';
import { hostileJson, hostilePayload, repetitions } from './hostile-texts.js';
import { kind } from './payload-texts.js';
import { GENUINE_HEADER, tokenOf } from './token-texts.js';
import { refusalOf, verifier } from './verifier.js';

const KIB = 1024;
/** Many times what any of them needs, and a fraction of what one needs that is not linear. */
const MAX_CPU_MS = 1000;
const MAX_MEMORY_KIB = 256 * KIB;
const LONGEST_LINE = 4000;

/** Processor time, because the machine may be busy with other things. */
async function expectBounded<Result>(read: () => Result | Promise<Result>): Promise<Result> {
  const cpu = process.cpuUsage();
  const memory = process.resourceUsage().maxRSS;
  const result = await read();
  const { user, system } = process.cpuUsage(cpu);
  expect((user + system) / 1000).toBeLessThan(MAX_CPU_MS);
  expect(process.resourceUsage().maxRSS - memory).toBeLessThan(MAX_MEMORY_KIB);
  return result;
}

const anyText = (length: number) => fc.oneof(hostileJson(length), repetitions(length));

const REQUEST_LINE = 'POST /video HTTP/1.1';

/** Captures in each form that can be read, with a hostile string somewhere. */
const CAPTURES: readonly ((hostile: string) => string)[] = [
  (hostile) => hostile,
  (hostile) => `POST ${hostile} HTTP/1.1\r\n\r\n{}`,
  (hostile) => `${REQUEST_LINE}\r\n${hostile}\r\n\r\n{}`,
  (hostile) => `${REQUEST_LINE}\r\nx: a${hostile}b\r\n\r\n{}`,
  (hostile) => `${REQUEST_LINE}\r\nTransfer-Encoding: chunked\r\n\r\n${hostile}`,
  (hostile) => `> ${REQUEST_LINE}\n> ${hostile.replaceAll('\n', '\n> ')}\n`,
  (hostile) => `> ${REQUEST_LINE}\n> x: a${hostile}b\n`,
  (hostile) => `{"log":{"entries":[${hostile}]}}`,
  (hostile) =>
    har({ request: { method: 'POST', headers: hostile.split('\n').map((name) => ({ name, value: name })) } }),
];

const FACTS = {
  kind: 'archive',
  route: 'VideoController.onArchive',
  address: '192.0.2.1',
  durations: { total: 1 },
} as const;

/** Whose secret made the signature. */
const SIGNER = { projectId: PROJECT, secretPosition: 0 };

describe('time and memory are bounded of', () => {
  it('the explanation of a body that is not the signed one', () =>
    holds(
      fc.asyncProperty(anyText(64 * KIB), async ({ text: body }) => {
        await expectBounded(() => explainPayload(Buffer.from(body), sha256('another')));
      }),
      30,
    ));

  it('the check of a captured body', () =>
    holds(
      fc.asyncProperty(anyText(256 * KIB), async ({ text: body }) => {
        const capture = rawCapture({ headers: signed('another').headers, body: Buffer.from(body) });
        const { stdout } = await expectBounded(() => runCommand(['verify', '-'], { stdin: capture }));
        expect(stdout.length).toBeLessThan(10 * LONGEST_LINE);
      }),
      12,
    ));

  it('the reading of a captured request', () =>
    holds(
      fc.asyncProperty(fc.constantFrom(...CAPTURES), repetitions(256 * KIB), async (capture, { text: hostile }) => {
        const { stdout, stderr } = await expectBounded(() => runCommand(['verify', '-'], { stdin: capture(hostile) }));
        expect(stdout.length + stderr.length).toBeLessThan(10 * LONGEST_LINE);
      }),
      60,
    ));

  it('the reading of a token and its claims', () =>
    holds(
      fc.asyncProperty(anyText(64 * KIB), async ({ text: hostile }) => {
        await expectBounded(async () => {
          await refusalOf(() => bearerToken({ authorization: hostile }));
          await refusalOf(() => bearerToken({ authorization: `Bearer ${hostile}` }));
          await refusalOf(() => parseToken(hostile));
          await refusalOf(() => parseToken(tokenOf(hostile, hostile)));
          const authorization = `Bearer ${tokenOf(GENUINE_HEADER, hostile.slice(0, 5 * KIB))}`;
          await refusalOf(() => verifier.verify({ 'user-agent': USER_AGENT, authorization }, new Uint8Array(), 'sip'));
        });
      }),
      30,
    ));

  it('the check of claims', () =>
    holds(
      fc.asyncProperty(hostileJson(64 * KIB), async ({ text: json }) => {
        const value = parseJsonText(json);
        const claims = genuineClaims('');
        const expectation = { maxAge: 60, clockTolerance: 60, payloadHashRequired: false, now: nowInSeconds() };
        await expectBounded(async () => {
          for (const name of Object.keys(claims)) {
            const changed = { ...claims, [name]: value };
            const refused = refusedClaims(changed, new Date(), 60);
            await refusalOf(() => checkClaims({ claims: changed, refused, ...expectation }, SIGNER));
            await refusalOf(() => checkClaims({ claims: changed, refused: new Set([name]), ...expectation }, SIGNER));
            await refusalOf(() => checkClaims({ claims: changed, refused: new Set(), ...expectation }, SIGNER));
          }
        });
      }),
      15,
    ));

  it('the reading of a payload', () =>
    holds(
      fc.asyncProperty(
        kind.chain((of) => fc.tuple(fc.constant(of), hostilePayload(of, 512 * KIB))),
        async ([of, { text: json }]) => {
          const reading = await expectBounded(() => {
            const payload = parseJsonText(json);
            return isJsonObject(payload) ? readCallback(of, payload) : undefined;
          });
          const violations = reading?.usable ? reading.setAside : reading?.violations;
          expect(violations?.length ?? 0).toBeLessThan(5000);
        },
      ),
      30,
    ));

  it('a line of the log', () =>
    holds(
      fc.asyncProperty(anyText(64 * KIB), async ({ text: hostile }) => {
        const error = Object.assign(new Error(hostile), { name: hostile, code: hostile });
        const attempt = { attempt: 1, of: 1, firstReceivedAt: new Date() };
        const genuine = { projectId: hostile, jti: hostile, age: 1, secretPosition: 0, attempt };
        const outcome = { ...FACTS, ...genuine };
        const violations = Array.from({ length: 1000 }, () => ({ path: 'streams', message: 'must be a list' }));
        const lines = await expectBounded(() =>
          [
            outcomeLine('rejected', { ...outcome, reason: 'user_agent_mismatch', explanation: '' }),
            outcomeLine('unusable', { ...outcome, status: 400, violations, rawBody: undefined, isKept: false }),
            outcomeLine('failed', { ...outcome, error, next: 'dead' }),
            outcomeLine('dead', { ...outcome, error, id: 'archive-x' }),
          ].map((line) => JSON.stringify(new LogLine(line))),
        );
        const mismatch = payloadMismatch('0'.repeat(hostile.length), payloadDigest(Buffer.from('')), 0) ?? '';
        for (const line of [...lines, mismatch, printable(hostile)]) expect(line.length).toBeLessThan(LONGEST_LINE);
      }),
      15,
    ));
});
