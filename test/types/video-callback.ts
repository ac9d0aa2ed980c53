import { Controller, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  BroadcastCallback,
  CaptionsCallback,
  type CallbackOfKind,
  ExperienceComposerCallback,
  type SessionCallback,
  type SipCallback,
  type StreamCreatedCallback,
  type UnrecognizedSessionCallback,
  VideoCallback,
  type VideoCallbackKind,
} from '../../lib/index.js';

@Controller()
export class RightTypes {
  @Post('session')
  session(@VideoCallback('session') _: SessionCallback) {}

  @Post('archive')
  archive(@VideoCallback('archive') _: ArchiveCallback) {}

  @Post('sip')
  sip(@VideoCallback('sip') _: SipCallback) {}

  @Post('composer')
  composer(@VideoCallback('experienceComposer') _: ExperienceComposerCallback) {}

  @Post('broadcast')
  broadcast(@VideoCallback('broadcast') _: BroadcastCallback) {}

  @Post('captions')
  captions(@VideoCallback('captions') _: CaptionsCallback) {}

  @Post('later')
  notTheFirst(_url: string, @VideoCallback('archive') _: ArchiveCallback) {}

  @Post('inherited')
  static onClass(@VideoCallback('archive') _: ArchiveCallback) {}

  @VideoCallback('archive')
  @Post('no-payload')
  noPayload() {}

  @Post('decorated')
  decorated(@VideoCallback('archive', { decorators: [Post('again')] }) _: ArchiveCallback) {}
}

export class WiderTypes {
  unknown(@VideoCallback('session') _: unknown) {}

  any(@VideoCallback('session') _: any) {}

  object(@VideoCallback('session') _: object) {}

  optional(@VideoCallback('archive') _?: ArchiveCallback) {}

  partOfIt(@VideoCallback('archive') _: Pick<ArchiveCallback, 'id' | 'status'>) {}

  otherKindsToo(@VideoCallback('archive') _: ArchiveCallback | BroadcastCallback) {}

  ofTheKind(@VideoCallback('captions') _: CallbackOfKind['captions']) {}
}

export class WrongTypes {
  // @ts-expect-error -- the DTO of another kind
  otherKind(@VideoCallback('archive') _: SessionCallback) {}

  // @ts-expect-error -- the DTO of another kind, which has much in common with it
  similarKind(@VideoCallback('broadcast') _: ArchiveCallback) {}

  // @ts-expect-error -- one event of several
  oneEvent(@VideoCallback('session') _: StreamCreatedCallback) {}

  // @ts-expect-error -- without the events that this version does not know
  knownEvents(@VideoCallback('session') _: Exclude<SessionCallback, UnrecognizedSessionCallback>) {}

  // @ts-expect-error -- not the events that it does know
  unknownEvents(@VideoCallback('session') _: UnrecognizedSessionCallback) {}

  // @ts-expect-error -- more than a callback has
  more(@VideoCallback('archive') _: ArchiveCallback & { readonly tenant: string }) {}

  // @ts-expect-error -- text
  text(@VideoCallback('archive') _: string) {}

  // @ts-expect-error -- nothing
  never(@VideoCallback('archive') _: never) {}

  // @ts-expect-error -- the second parameter is what counts
  second(_first: ArchiveCallback, @VideoCallback('archive') _: SessionCallback) {}

  // @ts-expect-error -- no such kind
  noSuchKind(@VideoCallback('transcription') _: object) {}

  // @ts-expect-error -- no kind
  noKind(@VideoCallback() _: object) {}

  // @ts-expect-error -- a class decorator is none for a method
  notForClasses(@VideoCallback('archive', { decorators: [Controller()] }) _: ArchiveCallback) {}
}

// @ts-expect-error -- on a method or a parameter of one
@VideoCallback('archive')
export class NotOnClasses {}

export class NotOnProperties {
  // @ts-expect-error -- on a method or a parameter of one
  @VideoCallback('archive')
  property: ArchiveCallback | undefined;
}

export class NotOnConstructors {
  // @ts-expect-error -- on a method or a parameter of one
  constructor(@VideoCallback('archive') _: ArchiveCallback) {}
}

// Tied to the kinds, so that a seventh has to come here.
({
  session: 'session',
  archive: 'archive',
  sip: 'sip',
  experienceComposer: 'composer',
  broadcast: 'broadcast',
  captions: 'captions',
}) satisfies Record<VideoCallbackKind, keyof RightTypes>;

@Controller()
export class SeveralKinds {
  @Post('union')
  union(@VideoCallback(['session', 'sip']) callback: SessionCallback | SipCallback) {
    switch (callback.event) {
      case 'streamCreated':
        return callback.stream.id satisfies string;
      case 'callDestroyed':
        return callback.call.id satisfies string;
      default:
        return callback.event satisfies string;
    }
  }

  @Post('classes')
  classes(@VideoCallback(['archive', 'broadcast']) callback: ArchiveCallback | BroadcastCallback) {
    if (callback instanceof ArchiveCallback) return callback.duration satisfies number | undefined;
    return callback.broadcastUrls?.hls satisfies string | undefined;
  }

  @Post('listed')
  listed(@VideoCallback(SeveralKinds.KINDS) _: ArchiveCallback | CaptionsCallback) {}

  wider(@VideoCallback(['session', 'archive']) _: SessionCallback | ArchiveCallback | SipCallback) {}

  // @ts-expect-error -- a SIP callback is no session callback
  oneOfThem(@VideoCallback(['session', 'sip']) _: SessionCallback) {}

  // @ts-expect-error -- neither is a broadcast
  another(@VideoCallback(['archive', 'captions']) _: ArchiveCallback | BroadcastCallback) {}

  // @ts-expect-error -- no such kind
  unknownKind(@VideoCallback(['archive', 'render']) _: ArchiveCallback) {}

  static readonly KINDS = ['archive', 'captions'] as const;
}
