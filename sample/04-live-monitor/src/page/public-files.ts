import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

/** A file that is served to browsers. */
export interface PublicFile {
  readonly type: string;
  readonly etag: string;
  readonly text: string;
}

const FOLDER = new URL('../../public/', import.meta.url);

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml; charset=utf-8'],
]);

/** The files of the page, read once, so that no request can read another file. */
@Injectable()
export class PublicFiles {
  private readonly files: ReadonlyMap<string, PublicFile> = new Map(
    readdirSync(FOLDER).map((name) => [name, read(name)]),
  );

  get(name: string): PublicFile | undefined {
    return this.files.get(name);
  }
}

function read(name: string): PublicFile {
  const text = readFileSync(new URL(name, FOLDER), 'utf8');
  const type = TYPES.get(extname(name)) ?? 'text/plain; charset=utf-8';
  return { type, text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
}
