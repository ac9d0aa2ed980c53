import { onPackagesOf } from '../nest-11.jest.config.js';

export default onPackagesOf(import.meta.dirname, '11.1.4');
