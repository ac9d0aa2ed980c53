import { describe, expect, it } from '@jest/globals';
import { isEncoded, isJson } from '../../lib/payload/callback-body.js';

describe('a content type', () => {
  it.each([
    'application/json',
    'APPLICATION/Json',
    '  application/json',
    'application/json  ',
    'application/json;charset=utf-8',
    'application/json  ; charset="UTF-8"',
    'application/cloudevents+json',
    'application/vnd.a-b_c.2+json',
  ])('%j is JSON', (contentType) => {
    expect(isJson({ 'content-type': contentType })).toBe(true);
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'x application/json',
    'xapplication/json',
    'application/jsonp',
    'application/json+xml',
    'application/json, text/plain',
    'application/+json',
    'application/a/b+json',
    'application/a b+json',
    'text/plain; like=application/json',
  ])('%j is not JSON', (contentType) => {
    expect(isJson({ 'content-type': contentType })).toBe(false);
  });
});

describe('a content encoding', () => {
  it.each(['gzip', 'br', 'x', 'identity, gzip'])('%j is one', (encoding) => {
    expect(isEncoded({ 'content-encoding': encoding })).toBe(true);
  });

  it.each([undefined, '', '  ', 'identity', ' Identity '])('%j is none', (encoding) => {
    expect(isEncoded({ 'content-encoding': encoding })).toBe(false);
  });
});
