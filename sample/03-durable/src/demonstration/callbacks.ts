import { callbackFixture, signCallback, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';

/** A genuine callback: an archive of that name can be fetched. */
export function available(name: string): SignedCallback {
  return signed(callbackFixture('archive', 'available', { name }));
}

/** A genuine callback that no method can use. */
export function withoutStatus(name: string): SignedCallback {
  return signed({ ...callbackFixture('archive', 'available', { name }), status: undefined });
}

function signed(body: object): SignedCallback {
  const { VIDEO_API_KEY: apiKey = '', ARCHIVE_SIGNATURE_SECRET: secret = '' } = process.env;
  return signCallback({ kind: 'archive', body, apiKey, secret });
}
