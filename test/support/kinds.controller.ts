import { Controller, Post } from '@nestjs/common';
import {
  ArchiveCallback,
  BroadcastCallback,
  CallbackClaims,
  CallbackTokenClaims,
  CaptionsCallback,
  ExperienceComposerCallback,
  RawCallback,
  SessionCallback,
  SipCallback,
  VideoCallback,
  type VideoCallbackKind,
} from '../../lib/index.js';

/** What a method of {@link KindsController} was called with. */
interface HandledCall {
  readonly kind: VideoCallbackKind;
  readonly callback: object;
  readonly claims: CallbackTokenClaims;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Every call of a handler since the last {@link takeHandled}. */
const handled: HandledCall[] = [];

/** The calls since the last time. */
export function takeHandled(): HandledCall[] {
  return handled.splice(0);
}

type Raw = Readonly<Record<string, unknown>>;

/** One method for each kind, at `/callbacks/<kind>`, which keeps what it gets. */
@Controller('callbacks')
export class KindsController {
  @Post('session')
  onSession(
    @VideoCallback('session') callback: SessionCallback,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Raw,
  ) {
    handled.push({ kind: 'session', callback, claims, raw });
  }

  @Post('archive')
  onArchive(
    @VideoCallback('archive') callback: ArchiveCallback,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Raw,
  ) {
    handled.push({ kind: 'archive', callback, claims, raw });
  }

  @Post('sip')
  onSip(
    @VideoCallback('sip') callback: SipCallback,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Raw,
  ) {
    handled.push({ kind: 'sip', callback, claims, raw });
  }

  @Post('experienceComposer')
  onComposer(
    @VideoCallback('experienceComposer') callback: ExperienceComposerCallback,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Raw,
  ) {
    handled.push({ kind: 'experienceComposer', callback, claims, raw });
  }

  @Post('broadcast')
  onBroadcast(
    @VideoCallback('broadcast') callback: BroadcastCallback,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Raw,
  ) {
    handled.push({ kind: 'broadcast', callback, claims, raw });
  }

  @Post('captions')
  onCaptions(
    @VideoCallback('captions') callback: CaptionsCallback,
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Raw,
  ) {
    handled.push({ kind: 'captions', callback, claims, raw });
  }
}
