import {
  type CallbackOfKind,
  type CallbackReading,
  type Violation,
  readCallback,
} from '../../lib/callbacks/catalogue.js';
import { type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import { type Payload } from './payloads.js';

type UsableReading<K extends VideoCallbackKind> = Extract<CallbackReading<K>, { usable: true }>;

export function usable<K extends VideoCallbackKind>(kind: K, payload: Payload): UsableReading<K> {
  const reading = readCallback(kind, payload);
  if (!reading.usable) throw new Error(`refused: ${JSON.stringify(reading.violations)}`);
  return reading;
}

export function callbackOf<K extends VideoCallbackKind>(kind: K, payload: Payload): CallbackOfKind[K] {
  return usable(kind, payload).callback;
}

export function violationsOf(kind: VideoCallbackKind, payload: Payload): readonly Violation[] {
  const reading = readCallback(kind, payload);
  return reading.usable ? [] : reading.violations;
}

export const paths = (violations: readonly Violation[]): string[] => violations.map(({ path }) => path);

export function without(payload: Payload, name: string): Payload {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => key !== name));
}

/** The own fields alone, for comparison with a payload. */
export function fieldsOf(callback: object): Payload {
  return Object.fromEntries(Object.entries(callback));
}

/** The fields of the DTO that a documented payload becomes: none for `null`, and projects as text. */
export function convertedFields(payload: Payload): Payload {
  const owners = ['projectId', 'partnerId'];
  return Object.fromEntries(
    Object.entries(payload)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, owners.includes(name) ? String(value) : value]),
  );
}
