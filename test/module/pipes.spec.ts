import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  Body,
  Controller,
  InternalServerErrorException,
  type PipeTransform,
  Post,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { instanceToPlain, plainToInstance } from 'class-transformer';
import {
  ArchiveCallback,
  CallbackClaims,
  CallbackProject,
  type CallbackTokenClaims,
  DeliveryAttempt,
  RawCallback,
  ReplacedParameterError,
  VideoCallback,
} from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, signed } from '../support/signer.js';

/** What a method got: the value of each of our decorators. */
let received: unknown[] = [];

/** Compiled to `String` and `Object` where a parameter's type is one, as the types of an application are. */
@Controller('video')
class VideoController {
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

  @Post('notes')
  createNote(@Body() note: { text: string }): string {
    return note.text;
  }
}

/** Trims every text in a value, however deep, into new objects. */
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

/** Turns texts of digits into numbers. */
class NumbersPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return Number.isNaN(Number(value)) ? value : Number(value);
  }
}

const STRICT = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true, transform: true };

const PIPES: readonly (readonly [string, () => PipeTransform])[] = [
  ['that trims into new objects', () => new TrimPipe()],
  ['that trims in place', () => new TrimInPlacePipe()],
  ['that makes instances of the type', () => new ToInstancePipe()],
  ['that makes plain objects', () => new ToPlainPipe()],
  ['that makes numbers of digits', () => new NumbersPipe()],
  ['that validates by every rule', () => new ValidationPipe({ ...STRICT, validateCustomDecorators: true })],
];

const UNTIDY = { ...PAYLOADS.archive, name: '  a name with spaces  ', addedNextYear: [' deep '] };
const JTI = ' an-id-with-spaces ';

function expectAllUntouched(): void {
  const [archive, project, claims, raw, attempt] = received;
  expect(archive).toBeInstanceOf(ArchiveCallback);
  expect(archive).toMatchObject({ name: UNTIDY.name });
  expect(project).toBe(PROJECT);
  expect(claims).toMatchObject({ jti: JTI });
  expect(raw).toEqual(UNTIDY);
  expect(attempt).toMatchObject({ attempt: 1, firstReceivedAt: expect.any(Date) });
}

describe.each(PLATFORMS)('A pipe of the application on %s', (platform) => {
  let running: RunningApplication | undefined;

  beforeEach(() => {
    received = [];
  });
  afterEach(() => running?.close());

  it.each(PIPES)('%s does not change what our decorators inject', async (_, pipe) => {
    running = await startApplication({
      platform,
      controllers: [VideoController],
      configure: (app) => void app.useGlobalPipes(pipe()),
    });

    expect(await running.post('/video/archives', signed(UNTIDY, { claims: { jti: JTI } }))).toMatchObject({
      status: 204,
    });
    expectAllUntouched();
  });

  it.each(['controller', 'method'])('on the %s does not change what our decorators inject', async (place) => {
    @Controller('piped')
    @UsePipes(...(place === 'controller' ? [TrimPipe, ToPlainPipe] : []))
    class PipedController {
      @Post()
      @UsePipes(...(place === 'method' ? [TrimPipe, ToPlainPipe] : []))
      on(
        @VideoCallback('archive') archive: ArchiveCallback,
        @CallbackProject() project: string,
        @CallbackClaims() claims: CallbackTokenClaims,
        @RawCallback() raw: Record<string, unknown>,
        @DeliveryAttempt() attempt: object,
      ): void {
        received = [archive, project, claims, raw, attempt];
      }
    }
    running = await startApplication({ platform, controllers: [PipedController] });

    expect(await running.post('/piped', signed(UNTIDY, { claims: { jti: JTI } }))).toMatchObject({ status: 204 });
    expectAllUntouched();
  });

  it('still works on other parameters', async () => {
    running = await startApplication({
      platform,
      controllers: [VideoController],
      configure: (app) => void app.useGlobalPipes(new TrimPipe()),
    });
    const headers = { 'content-type': 'application/json' };

    expect(await running.post('/video/notes', { headers, body: Buffer.from('{"text":" untidy "}') })).toMatchObject({
      status: 201,
      text: 'untidy',
    });
  });

  it('that replaces values of a kind it does not know fails the callback with a line that says so', async () => {
    class ReplacingPipe implements PipeTransform {
      transform(): unknown {
        return { replaced: true };
      }
    }
    running = await startApplication({
      platform,
      controllers: [VideoController],
      configure: (app) => void app.useGlobalPipes(new ReplacingPipe()),
    });

    expect(await running.post('/video/archives', signed(PAYLOADS.archive))).toMatchObject({ status: 500 });
    expect(received).toEqual([]);
    expect(running.observed.outcomes.failed[0]?.error).toBeInstanceOf(ReplacedParameterError);
    expect(running.logs.of('error').join()).toMatch(
      /VideoController\.on: a pipe of the application replaced a parameter.*metadata\.type is 'custom'/,
    );
  });

  it('that throws for every type without a schema can leave custom parameters out', async () => {
    /** What nestjs-zod's pipe does with `strictSchemaDeclaration`. */
    class StrictSchemaPipe implements PipeTransform {
      transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
        if (typeof metatype === 'function' && 'isZodDto' in metatype) return value;
        throw new InternalServerErrorException();
      }
    }
    class LenientPipe extends StrictSchemaPipe {
      override transform(value: unknown, metadata: ArgumentMetadata): unknown {
        return metadata.type === 'custom' ? value : super.transform(value, metadata);
      }
    }
    running = await startApplication({
      platform,
      controllers: [VideoController],
      configure: (app) => void app.useGlobalPipes(new LenientPipe()),
    });

    expect(await running.post('/video/archives', signed(UNTIDY, { claims: { jti: JTI } }))).toMatchObject({
      status: 204,
    });
    expectAllUntouched();
  });
});
