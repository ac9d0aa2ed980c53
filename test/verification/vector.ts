/** The test vector of the protocol: a callback that was signed once, by other code. */
export const VECTOR = {
  secret: 's3cret-of-the-session-callback',
  body: '{"sessionId":"2_MX4xMjM0NX5","projectId":"12345678","event":"sessionCreated","timestamp":1700000000123}',
  bodyHash: 'c4adac8d50c2711e9ead090f0b53cb1a6ca31d59f765ffeac1ba9fd1d8bb0db6',
  issuedAt: 1_700_000_000,
  claims: {
    iat: 1_700_000_000,
    jti: '3b0f6f0e-6a5c-4f0e-9b63-0e6b8f0c1a11',
    iss: 'Vonage',
    payload_hash: 'c4adac8d50c2711e9ead090f0b53cb1a6ca31d59f765ffeac1ba9fd1d8bb0db6',
    api_key: '12345678',
  },
  headers: {
    'content-type': 'application/json',
    'user-agent': 'Vonage/Callback/v1.0',
    authorization:
      'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.' +
      'eyJpYXQiOjE3MDAwMDAwMDAsImp0aSI6IjNiMGY2ZjBlLTZhNWMtNGYwZS05YjYzLTBlNmI4ZjBjMWExMSIsImlzcyI6IlZvbmFnZSIsInBheWxv' +
      'YWRfaGFzaCI6ImM0YWRhYzhkNTBjMjcxMWU5ZWFkMDkwZjBiNTNjYjFhNmNhMzFkNTlmNzY1ZmZlYWMxYmE5ZmQxZDhiYjBkYjYiLCJhcGlfa2V5' +
      'IjoiMTIzNDU2NzgifQ.' +
      'FEW10JEAcFsnmA3zQHZydibNYyvhxNdueZKAUQ3xbWk',
  },
} as const;
