import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  Body,
  Controller,
  type INestApplication,
  InternalServerErrorException,
  type PipeTransform,
  Post,
  UsePipes,
  ValidationPipe,
  type ValidationPipeOptions,
} from '@nestjs/common';
import { instanceToPlain, plainToInstance } from 'class-transformer';
import { IsString, useContainer } from 'class-validator';
import { type ArchiveCallback as TypeOfArchiveCallback, ConnectionCreatedCallback } from '../../lib/index.js';
import {
  ArchiveCallback,
  CallbackAttempt,
  CallbackClaims,
  CallbackKind,
  CallbackProject,
  CallbackTokenClaims,
  DeliveryAttempt,
  RawCallback,
  ReplacedParameterError,
  SessionCallback,
  VideoCallback,
  VideoCallbackKind,
} from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, signed, type SignedRequest } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';

/** What a method got. */
let received: unknown[] = [];

/** Trims every string in a value, however deep, into new objects. */
class TrimPipe implements PipeTransform {
  transform(value: unknown): unknown {
    if (typeof value === 'string') return value.trim();
    if (Array.isArray(value)) return value.map((item: unknown) => this.transform(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.transform(member)]));
  }
}

/** Trims in place. */
class TrimInPlacePipe implements PipeTransform {
  transform(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    for (const [name, member] of Object.entries(value)) {
      Reflect.set(value, name, typeof member === 'string' ? member.trim() : this.transform(member));
    }
    return value;
  }
}

/** Makes instances of the parameter's type, whatever it is. */
class ToInstancePipe implements PipeTransform {
  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    return metatype === undefined ? value : plainToInstance(metatype, value);
  }
}

class ToPlainPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return instanceToPlain(value);
  }
}

/** Turns strings of digits into numbers. */
class NumbersPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return Number.isNaN(Number(value)) ? value : Number(value);
  }
}

class ReplacingPipe implements PipeTransform {
  transform(): unknown {
    return { replaced: true };
  }
}

/** What nestjs-zod's pipe does with `strictSchemaDeclaration`, with an exception for custom parameters. */
class StrictSchemaPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type === 'custom' || (typeof metatype === 'function' && 'isZodDto' in metatype)) return value;
    throw new InternalServerErrorException();
  }
}

const STRICT = { whitelist: true, forbidNonWhitelisted: true, validateCustomDecorators: true };

class Note {
  @IsString()
  text!: string;
}

@Controller('video')
class VideoController {
  /** Compiled to `String` and `Object` where a parameter's type is one, as the types of an application are. */
  @Post('archives')
  on(
    @VideoCallback('archive') archive: ArchiveCallback,
    @CallbackProject() project: string,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Record<string, unknown>,
    @DeliveryAttempt() attempt: object,
  ): void {
    received = [archive, project, claims, raw, attempt];
  }

  @Post('archives-by-type')
  onType(@VideoCallback('archive') archive: TypeOfArchiveCallback): void {
    received = [archive];
  }

  @Post('sessions')
  onSession(
    @VideoCallback('session') callback: SessionCallback,
    @CallbackKind() kind: VideoCallbackKind,
    @DeliveryAttempt() { attempt }: CallbackAttempt,
  ): void {
    received = [callback, kind, attempt];
  }

  @Post('notes')
  createNote(@Body() note: Note): string {
    return note.text;
  }
}

@Controller('piped')
@UsePipes(TrimPipe, ToPlainPipe)
class PipedController {
  @Post('controller')
  on(
    @VideoCallback('archive') archive: ArchiveCallback,
    @CallbackProject() project: string,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Record<string, unknown>,
    @DeliveryAttempt() attempt: object,
  ): void {
    received = [archive, project, claims, raw, attempt];
  }

  @Post('method')
  @UsePipes(TrimPipe, ToPlainPipe, new ValidationPipe(STRICT))
  onMethod(
    @VideoCallback('archive') archive: ArchiveCallback,
    @CallbackProject() project: string,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Record<string, unknown>,
    @DeliveryAttempt() attempt: object,
  ): void {
    received = [archive, project, claims, raw, attempt];
  }
}

@Controller('emitted')
class EmittedController {
  onFunction(archive: ArchiveCallback): void {
    received = [archive];
  }

  onObject(archive: ArchiveCallback): void {
    received = [archive];
  }

  onNothing(archive: ArchiveCallback): void {
    received = [archive];
  }
}

/** What `import type` of a DTO makes of the parameter depends on the compiler; the tests' own emits Object. */
const EMITTED = [
  ['onFunction', Function],
  ['onObject', Object],
  ['onNothing', undefined],
] as const;
for (const [name, emitted] of EMITTED) {
  const { prototype } = EmittedController;
  Reflect.defineMetadata('design:paramtypes', [emitted], prototype, name);
  VideoCallback('archive')(prototype, name, 0);
  Post(name)(prototype, name, Object.getOwnPropertyDescriptor(prototype, name) ?? {});
}

const UNTIDY = {
  ...PAYLOADS.archive,
  name: '  a name with spaces  ',
  status: 'sublimated',
  duration: 328.5,
  addedNextYear: [' deep ', { deeper: [1] }],
};
let jti: string;
let requests = 0;
function untidyRequest(): SignedRequest {
  jti = ` ${(requests += 1)} is an id with spaces `;
  return signed(UNTIDY, { claims: { jti } });
}

function expectAllUntouched(): void {
  const [archive, project, claims, raw, attempt] = received;
  expect(archive).toBeInstanceOf(ArchiveCallback);
  expect(archive).toMatchObject({ name: UNTIDY.name, status: 'sublimated', duration: 328.5 });
  expect(project).toBe(PROJECT);
  expect(claims).toMatchObject({ jti });
  expect(raw).toEqual(UNTIDY);
  expect(attempt).toMatchObject({ attempt: 1, firstReceivedAt: expect.any(Date) });
}

const FLAGS = ['whitelist', 'forbidNonWhitelisted', 'transform', 'forbidUnknownValues', 'validateCustomDecorators'];

/** Every combination of the flags. */
const COMBINATIONS = Array.from({ length: 1 << FLAGS.length }, (_, bits): readonly [string, ValidationPipeOptions] => {
  const given = FLAGS.filter((_flag, index) => (bits & (1 << index)) !== 0);
  const options = Object.fromEntries(FLAGS.map((flag) => [flag, given.includes(flag)]));
  return [given.join(' + ') || 'no flag', options];
});

describe.each(PLATFORMS)('a pipe of the application on %s', (platform) => {
  /** The global pipe of a test. */
  let pipe: PipeTransform | undefined;
  let app: INestApplication;
  const running = useApplication({
    platform,
    controllers: [VideoController, PipedController, EmittedController],
    configure: (created) => {
      app = created;
      app.useGlobalPipes({
        transform: (value: unknown, metadata: ArgumentMetadata): unknown =>
          pipe === undefined ? value : pipe.transform(value, metadata),
      });
    },
  });
  const post = async (path: string, request: SignedRequest) => {
    const { status, text } = await running().post(path, request);
    return { status, text };
  };
  const createNote = (note: object) =>
    post('/video/notes', {
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(note)),
    });

  beforeEach(() => {
    received = [];
  });
  afterEach(() => {
    pipe = undefined;
  });

  it.each<readonly [string, PipeTransform]>([
    ['trims into new objects', new TrimPipe()],
    ['trims in place', new TrimInPlacePipe()],
    ['makes instances of the type', new ToInstancePipe()],
    ['makes plain objects', new ToPlainPipe()],
    ['makes numbers of digits', new NumbersPipe()],
    ['refuses every type without a schema, except custom parameters', new StrictSchemaPipe()],
  ])('that %s does not change what our decorators inject', async (_, global) => {
    pipe = global;

    expect(await post('/video/archives', untidyRequest())).toMatchObject({ status: 204 });
    expectAllUntouched();
  });

  it.each(COMBINATIONS)('that validates with %s does not change what our decorators inject', async (_, options) => {
    pipe = new ValidationPipe(options);

    expect(await post('/video/archives', untidyRequest())).toEqual({ status: 204, text: '' });
    expectAllUntouched();
    expect(await post('/video/archives-by-type', untidyRequest())).toMatchObject({ status: 204 });
    expect(received[0]).toBeInstanceOf(ArchiveCallback);
    const session = { ...PAYLOADS.session, timestamp: (requests += 1) };
    expect(await post('/video/sessions', signed(session))).toMatchObject({ status: 204 });
    expect(received[0]).toBeInstanceOf(ConnectionCreatedCallback);
    expect(received).toMatchObject([session, 'session', 1]);
  });

  it.each(['controller', 'method'])('on the %s does not change what our decorators inject', async (place) => {
    expect(await post(`/piped/${place}`, untidyRequest())).toMatchObject({ status: 204 });
    expectAllUntouched();
  });

  it.each(EMITTED.map(([name]) => name))('leaves a parameter as it is whose type is unknown: %s', async (name) => {
    pipe = new ValidationPipe(STRICT);

    expect(await post(`/emitted/${name}`, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    expect(received[0]).toBeInstanceOf(ArchiveCallback);
  });

  it('leaves callbacks as they are with constraints from the application and fallbackOnErrors', async () => {
    pipe = new ValidationPipe();
    useContainer(app, { fallbackOnErrors: true });
    try {
      expect(await post('/video/archives', signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
      expect(received[0]).toBeInstanceOf(ArchiveCallback);
    } finally {
      useContainer({ get: () => undefined }, { fallback: true });
    }
  });

  it('still works on other parameters', async () => {
    pipe = new TrimPipe();
    expect(await createNote({ text: ' untidy ' })).toEqual({ status: 201, text: 'untidy' });

    pipe = new ValidationPipe(STRICT);
    expect(await createNote({ text: 'blue' })).toEqual({ status: 201, text: 'blue' });
    expect(await createNote({ text: 1 })).toMatchObject({ status: 400 });
    expect(await createNote({ text: 'blue', more: 1 })).toMatchObject({ status: 400 });
  });

  it('that replaces custom parameters fails the callback with a line that says so', async () => {
    pipe = new ReplacingPipe();

    expect(await post('/video/archives', signed(PAYLOADS.archive))).toMatchObject({ status: 500 });
    expect(received).toEqual([]);
    expect(running().observed.outcomes.failed[0]?.error).toBeInstanceOf(ReplacedParameterError);
    expect(running().logs.of('error').join()).toMatch(
      /VideoController\.on: a pipe of the application replaced a parameter.*metadata\.type is 'custom'/,
    );
  });
});
