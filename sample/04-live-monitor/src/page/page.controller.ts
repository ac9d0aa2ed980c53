import { Controller, Get, Headers, NotFoundException, Param, Res } from '@nestjs/common';
import { PublicFiles } from './public-files.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** What the responses of Express and Fastify have in common. */
interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** Serves the page and its files. */
@Controller()
export class PageController {
  constructor(private readonly files: PublicFiles) {}

  @Get()
  page(@Headers('if-none-match') known: string | undefined, @Res({ passthrough: true }) reply: Reply) {
    return this.file('index.html', known, reply);
  }

  @Get(':name')
  file(
    @Param('name') name: string,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): string | undefined {
    const file = this.files.get(name);
    if (file === undefined) throw new NotFoundException();
    const headers = { ...SECURITY_HEADERS, 'Content-Type': file.type, ETag: file.etag, 'Cache-Control': 'no-cache' };
    for (const [header, value] of Object.entries(headers)) reply.header(header, value);
    if (known !== file.etag) return file.text;
    reply.status(304);
    return undefined;
  }
}
