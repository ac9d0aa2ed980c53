// Compiled with exactOptionalPropertyTypes: `maxAge: isStaging ? 60 : undefined` must compile for users too.
import type { BackoffOptions } from 'bullmq';
import type * as main from '../../lib/index.js';
import type * as bullmq from '../../lib/bullmq/index.js';
import type * as opentelemetry from '../../lib/opentelemetry/index.js';
import type * as pgBoss from '../../lib/pg-boss/index.js';
import type * as postgres from '../../lib/postgres/index.js';
import type * as redis from '../../lib/redis/index.js';
import type * as swagger from '../../lib/swagger/index.js';
import type * as terminus from '../../lib/terminus/index.js';
import type * as testing from '../../lib/testing/index.js';

// Every parameter of every constructor, function and method that an entry exports is looked at, so that no interface of
// options can be forgotten.
type AnyFunction = (...parameters: never) => unknown;
type AnyClass = abstract new (...parameters: never) => unknown;

/** What nobody but Nest and this module makes, and what reads a callback. */
type NotCalledWithOptions =
  'SecureCallbackGuard' | 'RawBodyInterceptor' | 'DeliveryInterceptor' | 'callbackOwner' | 'captionsIdOf';

/** What this module makes for others to read, and what others declare. */
type NotWrittenByUsers =
  | main.StoredCallback
  | main.VerifiedToken
  | Parameters<typeof main.VideoCallbacksModule.forRootAsync>[0]
  | BackoffOptions;

/** An option whose type is BullMQ's or pg-boss's, and a method that a class leaves out by not declaring it. */
type NotOptions = 'connection' | 'warnings';

type Leaf =
  | (AnyFunction | AnyClass)
  | (readonly unknown[] | Date | RegExp | Uint8Array | Headers | URL)
  | (string | number | boolean | null | undefined);

type IsAny<Value> = 0 extends 1 & Value ? true : false;
type Same<Value, Members> = Members extends unknown
  ? (<T>() => T extends Value ? 1 : 2) extends <T>() => T extends Members ? 1 : 2
    ? true
    : false
  : never;

type Deeper<Depth extends unknown[]> = Depth extends [unknown, ...infer Rest] ? Rest : [];

/** The optional members that cannot be `undefined`. */
type Refusing<Value, Depth extends unknown[] = [0, 0, 0, 0]> =
  IsAny<Value> extends true
    ? never
    : Depth extends []
      ? never
      : Value extends Leaf
        ? never
        : true extends Same<Value, NotWrittenByUsers>
          ? never
          : RefusingMembers<Value, Exclude<keyof Value & string, NotOptions>, Depth>;

type RefusingMembers<Value, Names extends keyof Value & string, Depth extends unknown[]> = {
  [Name in Names]:
    | (string extends Name ? never : {} extends Pick<Value, Name> ? IfRefusing<Value, Name> : never)
    | Refusing<Value[Name], Deeper<Depth>>;
}[Names];

type IfRefusing<Value, Name extends keyof Value> = { [_ in Name]: undefined } extends Pick<Value, Name> ? never : Name;

type OfParameters<Parameters extends readonly unknown[]> = {
  [Index in keyof Parameters]-?: Refusing<Parameters[Index]>;
}[number];

type OfMethods<Owner> =
  IsAny<Owner> extends true
    ? never
    : {
        [Name in keyof Owner]-?: Owner[Name] extends AnyFunction ? OfParameters<Parameters<Owner[Name]>> : never;
      }[keyof Owner];

type OfExport<Exported> = Exported extends abstract new (...parameters: never) => Error
  ? never
  : Exported extends AnyClass
    ? | OfParameters<ConstructorParameters<Exported>>
      | OfMethods<Omit<Exported, 'prototype'>>
      | OfMethods<InstanceType<Exported>>
    : Exported extends AnyFunction
      ? OfParameters<Parameters<Exported>>
      : never;

type OfEntry<Entry> = {
  [Name in Exclude<keyof Entry, NotCalledWithOptions>]: OfExport<Entry[Name]>;
}[Exclude<keyof Entry, NotCalledWithOptions>];

const none = <_ extends never>(): void => undefined;
none<OfEntry<typeof main>>();
none<OfEntry<typeof redis>>();
none<OfEntry<typeof postgres>>();
none<OfEntry<typeof bullmq>>();
none<OfEntry<typeof pgBoss>>();
none<OfEntry<typeof opentelemetry>>();
none<OfEntry<typeof swagger>>();
none<OfEntry<typeof terminus>>();
none<OfEntry<typeof testing>>();

// The test notices an option that refuses undefined, wherever it is.
interface Refuses {
  readonly option?: number;
}
interface Deep {
  readonly records?: Readonly<Record<string, Refuses>> | undefined;
}
// @ts-expect-error -- in a parameter of a function
none<OfEntry<{ used(first: unknown, options?: Refuses): void }>>();
// @ts-expect-error -- in a parameter of a constructor, deep in a member
none<OfEntry<{ Used: new (options: Deep) => object }>>();
// @ts-expect-error -- in a parameter of a method
none<OfEntry<{ Used: new () => { used(options: Refuses): void } }>>();
// @ts-expect-error -- in a parameter of a static method
none<OfEntry<{ Used: { new (): unknown; used(options: Refuses): void } }>>();
