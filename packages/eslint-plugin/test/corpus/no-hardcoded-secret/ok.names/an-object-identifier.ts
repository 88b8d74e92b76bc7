const pkcs9 = '1.2.840.113549.1.9.25'

export const attributes = { pkcs15Token: `${pkcs9}.1` }
