import { describe, expect, it } from '@jest/globals';
import { SecuredPaths } from '../../lib/payload/secured-paths.js';

describe('SecuredPaths', () => {
  it.each<[path: string, url: string, isIncluded: boolean]>([
    ['video/archives', '/video/archives', true],
    ['/video//archives/', '/video/archives', true],
    ['video/archives', '/Video/ARCHIVES/', true],
    ['video/archives', '//video//archives', true],
    ['video/archives', '/video/archives?tenant=7', true],
    ['video/archives', '/api/v1/video/archives', true],
    ['video/archives', 'http://video.example/video/archives', true],
    ['video/archives', '/video', false],
    ['video/archives', '/video/archives/7', false],
    ['video/archives', '/video/archive', false],
    ['video/archives', '/other?path=/video/archives', false],
    ['video/archives', '', false],
    ['tenants/:id/archives', '/tenants/7/archives', true],
    ['tenants/:id/archives', '/tenants/archives', false],
    [':id/archives', '/archives', false],
    ['archives/:from-:to', '/archives/1-2', true],
    ['a.b~c/d', '/a.b~c/d', true],
    ['video/archives', '/video/archives#x', true],
    ['video/archives', '/video/archives?a#b', true],
    ['video/archives', '/other#/video/archives', false],
    ['video/archives', '/video/arch%69ves', true],
    ['video/archives', '/other/%69', false],
    ['video/archives', '/video/archives%', false],
    ['video/archives', '/video/archives;id=7', true],
    ['video/archives', '/other;/video/archives', true],
    ['video/archives', '/video\\archives', true],
    ['tenants/:id/archives', '/tenants/a%2Fb/archives', true],
    // A pattern may match anything.
    ['video/*rest', '/anything', true],
    ['video/archives{/:id}', '/anything', true],
    ['(video|audio)/archives', '/anything', true],
    ['/', '/anything', true],
  ])('with %j and the URL %j: %j', (path, url, isIncluded) => {
    expect(new SecuredPaths(['elsewhere/7', path]).mayInclude(url)).toBe(isIncluded);
  });

  it('includes nothing where no method is secured', () => {
    expect(new SecuredPaths([]).mayInclude('/video/archives')).toBe(false);
  });

  it('includes everything after includeAll()', () => {
    const paths = new SecuredPaths(['video/archives']);
    paths.includeAll();

    expect(paths.mayInclude('/anything')).toBe(true);
  });
});
