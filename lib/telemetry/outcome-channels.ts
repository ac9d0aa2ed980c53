import { type Channel, channel } from 'node:diagnostics_channel';
import { CALLBACK_OUTCOMES, type CallbackOutcomeName, type CallbackOutcomes } from './callback-outcome.js';

/** What the names of this module's diagnostics channels begin with; the outcome's name follows. */
export const CHANNEL_PREFIX = 'nestjs-vonage-video-callbacks:';

const channels = Object.fromEntries(
  CALLBACK_OUTCOMES.map((name) => [name, channel(CHANNEL_PREFIX + name)]),
) as Readonly<Record<CallbackOutcomeName, Channel>>;

/** Whether an outcome has subscribers. */
export function hasSubscribers(name: CallbackOutcomeName): boolean {
  return channels[name].hasSubscribers;
}

/** Publishes an outcome. Node hands what a subscriber throws to `uncaughtException`, not to us. */
export function publish<Name extends CallbackOutcomeName>(name: Name, outcome: CallbackOutcomes[Name]): void {
  channels[name].publish(outcome);
}
