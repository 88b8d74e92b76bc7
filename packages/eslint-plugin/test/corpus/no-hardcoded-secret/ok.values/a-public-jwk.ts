export const jwk = { kty: 'EC', crv: 'P-256', x: 'RANDOM_BASE64URL_43', y: 'RANDOM_BASE64URL_43' }
