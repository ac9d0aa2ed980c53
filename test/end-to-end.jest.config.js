import base from '../jest.config.js';
import { DEPENDS_ON_NODE, testMatch } from './end-to-end-specs.js';

/** The end-to-end tests on other versions of Node, with the packages of the project itself. */
export default { ...base, testMatch: testMatch(DEPENDS_ON_NODE) };
