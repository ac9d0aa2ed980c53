import { type HostileRequest } from './hostile-request.js';

/** Requests that are wrong around the token. */
export const OTHER_REQUESTS: readonly HostileRequest[] = [
  {
    id: 'other_user_agent',
    title: 'a genuine token, another User-Agent',
    fault: 'user_agent_not_checked',
    make: ({ forger }) => {
      const genuine = forger.sign();
      return { ...genuine, headers: { ...genuine.headers, 'user-agent': 'curl/8.0' } };
    },
  },
  ...['GET', 'PUT'].map((method): HostileRequest => ({
    id: `method_${method.toLowerCase()}`,
    title: `a genuine token, but ${method}`,
    fault: 'method_not_checked',
    make: ({ forger }) => ({ ...forger.sign(), method }),
  })),
];
