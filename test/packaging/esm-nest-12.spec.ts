import { describeConsumer } from './consumer-tests.js';

describeConsumer('esm-nest-12');
