import { describe, expect, it } from '@jest/globals';
import common from '@nestjs/common/package.json' with { type: 'json' };
import core from '@nestjs/core/package.json' with { type: 'json' };
import expressPlatform from '@nestjs/platform-express/package.json' with { type: 'json' };
import fastifyPlatform from '@nestjs/platform-fastify/package.json' with { type: 'json' };

/** Given by the jest configuration: `12`, `11`, or a whole version. */
declare const nestVersion: string;

describe('The tests run on the Nest that their configuration names', () => {
  it.each([common, core, expressPlatform, fastifyPlatform])('$name', ({ version }) => {
    expect(`${version}.`).toMatch(new RegExp(`^${nestVersion.replaceAll('.', '\\.')}\\.`));
  });
});
