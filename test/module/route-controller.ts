import { Controller, type Type } from '@nestjs/common';
import { VideoCallback, type VideoCallbackKind } from '../../lib/index.js';

export type MethodDecorator = (target: object, name: string, descriptor: PropertyDescriptor) => unknown;

/** The names of the classes below whose methods were called. */
export const called: string[] = [];

/** A controller with one method, `on`. */
export function controller(
  className: string,
  front: string | (Parameters<typeof Controller>[0] & object),
  mapped: MethodDecorator | readonly MethodDecorator[],
  kind: VideoCallbackKind | 'unsecured' = 'archive',
): Type {
  class SomeController {
    on(): void {
      called.push(className);
    }
  }
  Object.defineProperty(SomeController, 'name', { value: className });
  const descriptor = Object.getOwnPropertyDescriptor(SomeController.prototype, 'on') ?? {};
  if (kind !== 'unsecured') VideoCallback(kind)(SomeController.prototype, 'on', descriptor);
  for (const decorate of [mapped].flat()) decorate(SomeController.prototype, 'on', descriptor);
  Controller(typeof front === 'string' ? { path: front } : front)(SomeController);
  return SomeController;
}

/** The options of a controller with a version. */
export function versioned(
  path: string,
  version: string | symbol | (string | symbol)[],
): Parameters<typeof Controller>[0] & object {
  return { path, version } as Parameters<typeof Controller>[0] & object;
}
