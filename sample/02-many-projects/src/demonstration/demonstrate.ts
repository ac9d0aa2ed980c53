import { type INestApplication } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { callbackFixture, signCallback, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { setTimeout as wait } from 'node:timers/promises';
import { TenantTable } from '../tenant.table.js';
import { VideoController } from '../video.controller.js';

/** How a token names its project: `apiKey` alone (OpenTok), or with `applicationId` (unified environment). */
interface Project {
  readonly apiKey: string;
  readonly applicationId?: string;
}

const OPENTOK: Project = { apiKey: '12345678' };
const APPLICATION_ID = '93e36bb9-5555-45b6-a9ea-5c37dbc49906';
const UNIFIED: Project = { apiKey: 'abcd1234', applicationId: APPLICATION_ID };
const CALL_CENTRE: Project = { apiKey: '23456789' };

/** Sends the callbacks of two tenants. Returns whether every request ended as expected. */
export async function demonstrate(app: INestApplication, secretTtl: number): Promise<boolean> {
  const tenants = app.get(TenantTable);
  const { handled } = app.get(VideoController);
  const url = `${await app.getUrl()}/video`;
  const results: boolean[] = [];

  const post = (path: string, request: SignedCallback) =>
    fetch(url + path, { ...request, signal: AbortSignal.timeout(5000) });
  const send = async (title: string, status: number, path: string, request: SignedCallback) => {
    const response = await post(path, request);
    const calls = handled.splice(0);
    const isRight = response.status === status && calls.length === (status === 204 ? 1 : 0);
    results.push(isRight);
    console.log(`${isRight ? '✓' : '✗'} ${response.status} ${title.padEnd(52)} ${calls.join()}`);
  };
  const archive = (title: string, status: number, project: Project, secret: string) => {
    const environment = project.applicationId === undefined ? 'openTok' : 'unified';
    const body = callbackFixture('archive', 'available', {}, { environment, projectId: project.apiKey });
    return send(title, status, '/archives', signCallback({ kind: 'archive', body, ...project, secret }));
  };
  const openTok = (title: string, status: number, secret: string) => archive(title, status, OPENTOK, secret);
  const unified = (title: string, status: number, secret: string) => archive(title, status, UNIFIED, secret);

  const [before, after, other] = [newSecret(), newSecret(), newSecret()];
  tenants.save(OPENTOK.apiKey, new Map([['archive', [before]]]));
  tenants.save(APPLICATION_ID, new Map([['archive', [other]]]));

  await openTok('an OpenTok project', 204, before);
  await unified('a Vonage application, found by application_id', 204, other);
  await openTok("one tenant with another tenant's secret", 401, other);
  await archive('a project that nobody knows', 401, { apiKey: '99999999' }, before);

  console.log('\nOne URL for two webhooks of a tenant, each with a secret of its own.\n');
  const calls = { session: newSecret(), sip: newSecret() };
  tenants.save(
    CALL_CENTRE.apiKey,
    new Map([
      ['session', [calls.session]],
      ['sip', [calls.sip]],
    ]),
  );
  const joined = callbackFixture('session', 'connectionCreated');
  const ringing = callbackFixture('sip', 'callUpdated');
  const call = (title: string, status: number, body: object, secret: string) =>
    send(title, status, '/calls', signCallback({ body, ...CALL_CENTRE, secret }));
  await call('session monitoring', 204, joined, calls.session);
  await call('SIP call monitoring', 204, ringing, calls.sip);

  console.log('\nRotation: the table gets the new secret beside the old one, Vonage changes within 30 minutes.\n');
  tenants.save(OPENTOK.apiKey, new Map([['archive', [after, before]]]));
  await wait(secretTtl * 1000);
  await openTok('still signed with the old secret', 204, before);
  await openTok('already signed with the new secret', 204, after);

  console.log('\nThe old secret is removed.\n');
  tenants.save(OPENTOK.apiKey, new Map([['archive', [after]]]));
  await wait(secretTtl * 1000);
  await openTok('signed with the old secret', 401, before);
  await openTok('signed with the new secret', 204, after);

  const { lookups } = tenants;
  const statuses = await Promise.all(
    Array.from(
      { length: 20 },
      async () =>
        (
          await post(
            '/archives',
            signCallback({ body: callbackFixture('archive', 'started'), ...OPENTOK, secret: after }),
          )
        ).status,
    ),
  );
  results.push(statuses.every((status) => status === 204) && tenants.lookups - lookups <= 1);
  console.log(`\n20 more callbacks cost ${tenants.lookups - lookups} look-ups of secrets.`);

  const wrong = results.filter((isRight) => !isRight).length;
  console.log(wrong === 0 ? 'All ended as it must.' : `${wrong} ended wrongly.`);
  return wrong === 0;
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
