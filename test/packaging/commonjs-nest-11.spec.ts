import { describeConsumer } from './consumer-tests.js';

describeConsumer('commonjs-nest-11');
