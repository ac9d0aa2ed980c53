import { describe, expect, it } from '@jest/globals';
import {
  All,
  Body,
  Controller,
  Get,
  HttpCode,
  type INestApplication,
  Module,
  Post,
  Version,
  VersioningType,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExcludeController,
  ApiExcludeEndpoint,
  ApiExtension,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  DocumentBuilder,
  type OpenAPIObject,
  type OperationObject,
  type SwaggerDocumentOptions,
  SwaggerModule,
} from '@nestjs/swagger';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  ArchiveCallback,
  type SessionCallback,
  type SipCallback,
  VIDEO_CALLBACK_KINDS,
  VideoCallback,
  VideoCallbacksModule,
} from '../../lib/index.js';
import { videoCallbackWebhooks, withVideoCallbacks } from '../../lib/swagger/index.js';
import { callbackFixtures } from '../../lib/testing/index.js';
import { isJsonObject } from '../../lib/callbacks/json-object.js';
import { type ApplicationSetup, type Platform, PROJECTS, startApplication } from '../support/application.js';
import { KindsController } from '../support/kinds.controller.js';

interface DocumentSetup extends ApplicationSetup {
  readonly version?: string;
  readonly options?: never;
  readonly swagger?: SwaggerDocumentOptions;
}

const config = (version = '3.0.0') =>
  new DocumentBuilder().setTitle('Lessons').setVersion('1').setOpenAPIVersion(version).addBearerAuth().build();

/** The document of an application as users serve it, fetched over HTTP. */
async function served({ version, swagger, configure, ...setup }: DocumentSetup): Promise<OpenAPIObject> {
  const running = await startApplication({
    ...setup,
    configure: async (app) => {
      await configure?.(app);
      const document = withVideoCallbacks(app, () => SwaggerModule.createDocument(app, config(version), swagger));
      SwaggerModule.setup('docs', app, document, { swaggerUiEnabled: false });
    },
  });
  try {
    return (await (await fetch(`${running.url}/docs-json`)).json()) as OpenAPIObject;
  } finally {
    await running.close();
  }
}

/** The operation of a document that takes the callbacks of a path. */
function postOf({ paths }: OpenAPIObject, path: string): OperationObject {
  const operation = paths[path]?.post;
  if (operation === undefined) throw new Error(`no POST ${path} among ${Object.keys(paths).join(', ')}`);
  return operation;
}

const descriptionsOf = ({ responses }: OperationObject): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(responses).map(([code, response]) => [code, Reflect.get(response ?? {}, 'description')]),
  );

const validator = new Validator();
const faultsOf = async (document: object): Promise<unknown> => (await validator.validate({ ...document })).errors;

/** The components as JSON Schema: what OpenAPI 3.0 calls nullable beside a reference is unknown there. */
function schemasOf({ components }: OpenAPIObject): (name: string) => ValidateFunction {
  const known: unknown = JSON.parse(JSON.stringify(components?.schemas), (_, value: unknown) =>
    isJsonObject(value) && value['nullable'] === true && value['type'] === undefined
      ? { ...value, nullable: undefined }
      : value,
  );
  const ajv = new Ajv2020({ strict: false }).addSchema({ $id: 'document', components: { schemas: known } });
  return (name) => ajv.compile({ $ref: `document#/components/schemas/${name}` });
}

class Lesson {
  @ApiProperty()
  name!: string;
}

@Controller('lessons')
class LessonController {
  @Get()
  list(): Lesson[] {
    return [];
  }

  @Post()
  add(@Body() lesson: Lesson): Lesson {
    return lesson;
  }
}

@Controller('video')
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
    return archive.id;
  }

  @Version('2')
  @HttpCode(200)
  @Post('sessions')
  onSession(@VideoCallback('session') callback: SessionCallback): string {
    return callback.event;
  }
}

describe('the OpenAPI document of an application', () => {
  it.each<[version: string, Platform]>([
    ['3.0.0', 'express'],
    ['3.1.0', 'fastify'],
  ])('is valid as OpenAPI %s, with a route for each kind, on %s', async (version, platform) => {
    const document = await served({ platform, version, controllers: [KindsController, LessonController] });

    expect(await faultsOf(document)).toBeUndefined();
    expect(document.openapi).toBe(version);
    expect(postOf(document, '/callbacks/session').requestBody).toMatchObject({
      description: 'Session monitoring: connections and streams come and go.',
      required: true,
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/VonageSessionCallback' },
          examples: { 'session-streamCreated': { value: { event: 'streamCreated' } } },
        },
      },
    });
    expect(document.components?.schemas?.['VonageSessionCallback']).toMatchObject({
      oneOf: expect.arrayContaining([
        { $ref: '#/components/schemas/VonageStreamCreatedCallback' },
        { $ref: '#/components/schemas/VonageUnrecognizedSessionCallback' },
      ]),
    });
    const names = Object.keys(document.components?.schemas ?? {});
    expect(names).toEqual(expect.arrayContaining(['Lesson', 'VonageSessionConnection', 'VonageRtmpTarget']));
    // The classes of the parameters are none of Swagger's models.
    expect(names.filter((name) => !name.startsWith('Vonage'))).toEqual(['Lesson']);
  });

  it('has the security scheme and the answers', async () => {
    const document = await served({});
    const operation = postOf(document, '/callbacks/archive');

    expect(operation.security).toEqual([{ 'vonage-callback': [] }]);
    expect(document.components?.securitySchemes).toMatchObject({
      'vonage-callback': { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      bearer: { type: 'http' },
    });
    expect(Object.keys(operation.responses)).toEqual(['204', '400', '401', '408', '413', '415', '503']);
    expect(descriptionsOf(operation)).toMatchObject({ 204: 'The callback was accepted.' });
    expect(Object.keys(operation).filter((key) => key.startsWith('x-'))).toEqual([]);
  });

  it('has the paths of global prefix and versions, and the status of @HttpCode', async () => {
    const document = await served({
      controllers: [VideoController],
      configure: (app: INestApplication) => {
        app.setGlobalPrefix('api', { exclude: ['video/archives'] });
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
    });

    const [archives = '', sessions = ''] = Object.keys(document.paths);
    expect([archives, sessions]).toEqual([expect.stringContaining('video/archives'), '/api/v2/video/sessions']);
    expect(postOf(document, archives).requestBody).toBeDefined();
    expect(Object.keys(postOf(document, sessions).responses)).toContain('200');
    expect(Object.keys(postOf(document, sessions).responses)).not.toContain('204');
    expect(await faultsOf(document)).toBeUndefined();
  });

  it('takes any of several kinds on one route', async () => {
    @Controller('video')
    class SeveralKindsController {
      @Post('calls')
      onCall(@VideoCallback(['session', 'sip']) callback: SessionCallback | SipCallback): string {
        return callback.event;
      }
    }
    const document = await served({ version: '3.1.0', controllers: [SeveralKindsController] });

    expect(await faultsOf(document)).toBeUndefined();
    expect(postOf(document, '/video/calls').requestBody).toMatchObject({
      description: expect.stringMatching(/^Session monitoring: .* The progress of a SIP call\.$/),
      content: {
        'application/json': {
          schema: {
            // Not oneOf: an event that one kind knows is an unknown one of the other.
            anyOf: [
              { $ref: '#/components/schemas/VonageSessionCallback' },
              { $ref: '#/components/schemas/VonageSipCallback' },
            ],
          },
          examples: { 'session-streamCreated': {}, 'sip-callCreated': {} },
        },
      },
    });
  });

  it('leaves other routes as they are', async () => {
    const document = await served({ controllers: [VideoController, LessonController] });

    expect(postOf(document, '/lessons')).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Lesson' } } } },
      responses: { 201: { description: '' } },
    });
    expect(postOf(document, '/lessons')).not.toHaveProperty('security');
  });
});

describe('the schemas of the document', () => {
  it.each(['3.0.0', '3.1.0'])(
    'accept every fixture, and not what lacks a required field, as OpenAPI %s',
    async (version) => {
      const schemaOf = schemasOf(await served({ version }));

      for (const kind of VIDEO_CALLBACK_KINDS) {
        const validate = schemaOf(`Vonage${kind.charAt(0).toUpperCase()}${kind.slice(1)}Callback`);
        const fixtures = callbackFixtures().filter((fixture) => fixture.kind === kind);

        expect(fixtures.filter(({ payload }) => !validate(payload))).toEqual([]);
        expect(fixtures.filter(({ payload }) => validate({ ...payload, event: undefined, status: undefined }))).toEqual(
          [],
        );
      }
    },
  );

  it('name known values without closing the enumeration', async () => {
    const ofStreamMode = (field: object) => ({
      schemas: { VonageArchiveCallback: { properties: { streamMode: field } } },
    });
    const description = 'Whether streams join automatically.';

    expect((await served({ version: '3.1.0' })).components).toMatchObject(
      ofStreamMode({ type: ['string', 'null'], description, examples: ['auto', 'manual'] }),
    );
    expect((await served({ version: '3.0.0' })).components).toMatchObject(
      ofStreamMode({
        type: 'string',
        nullable: true,
        description: `${description} Known values: \`auto\`, \`manual\`.`,
        example: 'auto',
      }),
    );
  });
});

describe('what an application describes itself', () => {
  it('stays', async () => {
    @Controller('video')
    class OwnWordsController {
      @ApiOperation({ summary: 'Recordings', operationId: 'recordings' })
      @ApiBody({ type: Lesson, description: 'Own body' })
      @ApiResponse({ status: 401, description: 'Own 401' })
      @ApiOkResponse({ description: 'Own 200' })
      @ApiBearerAuth()
      @ApiExtension('x-own', 'kept')
      @Post('archives')
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
        return archive.id;
      }

      @ApiNoContentResponse()
      @Post('more')
      more(@VideoCallback('archive') archive: ArchiveCallback): string {
        return archive.id;
      }
    }
    const document = await served({ controllers: [OwnWordsController] });
    const operation = postOf(document, '/video/archives');

    expect(operation).toMatchObject({
      summary: 'Recordings',
      operationId: 'recordings',
      requestBody: {
        description: 'Own body',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Lesson' } } },
      },
      security: [{ bearer: [] }],
      'x-own': 'kept',
    });
    expect(descriptionsOf(operation)).toMatchObject({ 200: 'Own 200', 401: 'Own 401' });
    expect(operation.responses).not.toHaveProperty('204');
    expect(descriptionsOf(postOf(document, '/video/more'))).toMatchObject({ 204: 'The callback was accepted.' });
    expect(await faultsOf(document)).toBeUndefined();
  });

  it('for a whole controller is not changed for its other methods', async () => {
    @ApiOkResponse()
    @Controller('video')
    class MixedController {
      @Post('archives')
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
        return archive.id;
      }

      @Post('other')
      other(): string {
        return '';
      }
    }
    const document = await served({ controllers: [MixedController] });

    expect(descriptionsOf(postOf(document, '/video/archives'))).toMatchObject({ 200: 'The callback was accepted.' });
    expect(descriptionsOf(postOf(document, '/video/other'))).toMatchObject({ 200: '' });
  });

  it('stays among the components, beside those of callbacks', async () => {
    const running = await startApplication({ controllers: [VideoController] });
    try {
      const own = { type: 'object', description: 'of the application' };
      const document = withVideoCallbacks(running.app, () => ({
        ...SwaggerModule.createDocument(running.app, config()),
        components: { schemas: { ArchiveCallback: own, VonageComposedStream: own } },
      }));

      expect(document.components?.schemas).toMatchObject({
        ArchiveCallback: own,
        VonageComposedStream: own,
        VonageArchiveCallback: { required: ['id', 'status', 'sessionId'] },
      });
    } finally {
      await running.close();
    }
  });

  it('is not shown where it is excluded', async () => {
    @Controller('hidden')
    @ApiExcludeController()
    class HiddenController {
      @Post()
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
        return archive.id;
      }
    }
    @Controller('video')
    class PartlyHiddenController {
      @ApiExcludeEndpoint()
      @Post('archives')
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
        return archive.id;
      }

      @Post('sessions')
      onSession(@VideoCallback('session') callback: SessionCallback): string {
        return callback.event;
      }
    }
    const document = await served({ controllers: [HiddenController, PartlyHiddenController] });

    expect(Object.keys(document.paths)).toEqual(['/video/sessions']);
    expect(Object.keys(document.components?.schemas ?? {})).not.toContain('VonageArchiveCallback');
  });
});

describe('videoCallbackWebhooks', () => {
  const info = { title: 'Callbacks of Vonage', version: '1' };

  it('makes a valid document of OpenAPI 3.1 with every kind', async () => {
    const { webhooks, components } = videoCallbackWebhooks();

    expect(await faultsOf({ openapi: '3.1.0', info, webhooks, components })).toBeUndefined();
    expect(Object.keys(webhooks)).toEqual([...VIDEO_CALLBACK_KINDS]);
    expect(webhooks['archive']?.post).toMatchObject({
      requestBody: {
        content: { 'application/json': { schema: { $ref: '#/components/schemas/VonageArchiveCallback' } } },
      },
      responses: { 204: { description: 'The callback was accepted.' } },
    });
  });

  it('has only the given kinds', () => {
    const { webhooks, components } = videoCallbackWebhooks(['captions']);

    expect(Object.keys(webhooks)).toEqual(['captions']);
    expect(Object.keys(components.schemas ?? {})).toEqual(['VonageCaptionsCallback']);
  });
});

describe('withVideoCallbacks', () => {
  it('describes the POST of a route for every method, and leaves no extension', async () => {
    @Controller('video')
    class AnyMethodController {
      @All()
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
        return archive.id;
      }
    }
    const document = await served({ controllers: [AnyMethodController] });

    expect(postOf(document, '/video').requestBody).toBeDefined();
    expect(document.paths['/video']?.put).not.toHaveProperty('requestBody');
    expect(JSON.stringify(document)).not.toContain('x-');
  });

  it('describes a method that controllers inherit, and a controller of two modules', async () => {
    abstract class Inherited {
      @Post()
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
        return archive.id;
      }
    }
    @Controller('first')
    class First extends Inherited {}
    @Controller('second')
    class Second extends Inherited {}
    @Module({ controllers: [First] })
    class OtherModule {}

    const document = await served({
      imports: [VideoCallbacksModule.forRoot({ projects: PROJECTS }), OtherModule],
      controllers: [First, Second],
    });

    expect(postOf(document, '/first').requestBody).toEqual(postOf(document, '/second').requestBody);
    expect(postOf(document, '/first').requestBody).toBeDefined();
  });

  it('leaves other documents of the application as they are', async () => {
    const running = await startApplication({ controllers: [VideoController] });
    try {
      const shared = config();
      const create = () => SwaggerModule.createDocument(running.app, shared);
      const before = create();
      const first = withVideoCallbacks(running.app, create);

      expect(create()).toEqual(before);
      expect(() =>
        withVideoCallbacks(running.app, () => {
          throw new Error('no document');
        }),
      ).toThrow('no document');
      expect(create()).toEqual(before);
      expect(withVideoCallbacks(running.app, create)).toEqual(first);
    } finally {
      await running.close();
    }
  });

  it('respects the options of Swagger', async () => {
    const document = await served({
      controllers: [VideoController],
      configure: (app) => void app.setGlobalPrefix('api'),
      swagger: { ignoreGlobalPrefix: true, operationIdFactory: (controller, method) => `${controller}/${method}` },
    });

    expect(postOf(document, '/video/archives')).toMatchObject({
      operationId: 'VideoController/onArchive',
      requestBody: { required: true },
    });
  });
});
