import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';
import { type VideoCallbacksOptions } from './video-callbacks.options.js';

/** Settings of `forRoot` and `forRootAsync` besides the options. */
export interface VideoCallbacksModuleExtras {
  /** Whether controllers of every module can use `@VideoCallback`. Default `true`. */
  isGlobal?: boolean | undefined;
  /** Further providers of the module, for example those that an injectable `secretProvider` needs. */
  extraProviders?: Provider[] | undefined;
}

export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN: VIDEO_CALLBACKS_OPTIONS,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<VideoCallbacksOptions>({ moduleName: 'VideoCallbacks' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createVideoCallbacksOptions')
  .setExtras<VideoCallbacksModuleExtras>(
    { isGlobal: true, extraProviders: [] },
    (definition, { isGlobal = true, extraProviders = [] }) => ({
      ...definition,
      global: isGlobal,
      providers: [...(definition.providers ?? []), ...extraProviders],
    }),
  )
  .build();
