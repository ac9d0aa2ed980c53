import { ValidateIf, isObject } from 'class-validator';
import { Nested, NestedList, Optional } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { IsBoolean, IsString } from './value.decorators.js';

/** How an RTMP target takes the broadcast. [Vonage: SDKs] */
export type RtmpStatus = OpenValue<'connecting' | 'live' | 'offline' | 'error'>;

/** An RTMP server that a broadcast is sent to. */
export class RtmpTarget {
  /** The id that the application gave it. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  id?: string | null;

  /** Whether it takes the broadcast. [Vonage: SDKs] */
  @Optional(IsString())
  status?: RtmpStatus | null;

  /** The server's address. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  serverUrl?: string | null;

  /** The stream's name at that server; many services use it as a key: **do not log it**. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  streamName?: string | null;
}

/** Where a broadcast can be watched and where it is sent. */
export class BroadcastUrls {
  /** The address of the HLS playlist, if HLS is used. [Vonage: Video OpenAPI] */
  @Optional(IsString())
  hls?: string | null;

  /** Whether HLS can be watched, for example `ready`. [Vonage: Python SDK] */
  @Optional(IsString())
  hlsStatus?: OpenValue<'ready'> | null;

  /**
   * The RTMP targets, if RTMP is used: a list, in older data an object keyed by id, which is kept as it came.
   * [Vonage: Video OpenAPI; Python SDK]
   */
  @Optional(ValidateIf(({ rtmp }: BroadcastUrls) => !isObject(rtmp)), NestedList(() => RtmpTarget))
  rtmp?: RtmpTarget[] | Record<string, unknown> | null;
}

/** How the HLS stream of a broadcast is made. */
export class BroadcastHlsSettings {
  /** Whether latency is kept low. [Vonage: Video OpenAPI] */
  @Optional(IsBoolean())
  lowLatency?: boolean | null;

  /** Whether viewers can go back in time. [Vonage: Video OpenAPI] */
  @Optional(IsBoolean())
  dvr?: boolean | null;
}

/** How a broadcast is made. */
export class BroadcastSettings {
  /** How its HLS stream is made. [Vonage: Video OpenAPI] */
  @Optional(Nested(() => BroadcastHlsSettings))
  hls?: BroadcastHlsSettings | null;
}
